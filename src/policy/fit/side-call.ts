import type { Answer } from '../../core/answer.ts';
import { aside } from '../../core/aside.ts';
import type { Prompt } from '../../core/content.ts';
import type { Target } from '../../core/target.ts';
import type { Task } from './way.ts';

export const STAGE = 'fit';

/** The text that a model wrote, and whether it had to stop at its limit. */
export interface Note {
  readonly text: string;
  readonly cut: boolean;
}

/** Who is asked on the side. */
export function askedOnTheSide({ settings, goal }: Task): Target {
  return settings.notesBy ?? goal.target;
}

/** Asks one question of our own on the side of the call. @throws CallError as the rest of the pipeline does */
export async function askAside(task: Task, text: string, why: string): Promise<Note> {
  const { call, next, settings, goal } = task;
  const candidates = settings.notesBy ? [settings.notesBy] : goal.candidates;
  const prompt = questionPrompt(task.prompt, text, settings.noteTokens);
  const answer = await aside(next, call, { stage: STAGE, why, prompt, candidates });
  return { text: textOf(answer), cut: answer.finish.reason === 'length' };
}

function questionPrompt(
  { messages, serviceTier, user }: Prompt,
  text: string,
  maxOutputTokens: number,
): Prompt {
  return {
    messages: [
      ...messages.filter(({ role }) => role === 'system'),
      { role: 'user', content: [{ type: 'text', text }] },
    ],
    tools: [],
    sampling: { maxOutputTokens },
    format: { kind: 'text' },
    extras: {},
    ...(serviceTier !== undefined && { serviceTier }),
    ...(user !== undefined && { user }),
  };
}

function textOf({ content }: Answer): string {
  return content
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('')
    .trim();
}
