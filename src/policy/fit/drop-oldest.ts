import type { Message, Prompt } from '../../core/content.ts';
import { formatTarget } from '../../core/target.ts';
import { promptText } from '../../text/index.ts';
import { condense } from './condense.ts';
import { askedOnTheSide } from './side-call.ts';
import { type Unit, unitsOf } from './turns.ts';
import type { Outcome, Shorten, Task } from './way.ts';

const NOTE_FRAME_TOKENS = 64;
/** Of the template around a message. */
const MESSAGE_TOKENS = 8;

/** Leaves out the oldest turns of a conversation, as few as possible, and puts a summary of them, or a note, in their place. */
export const dropOldest: Shorten = async (task) => {
  const { prompt, settings } = task;
  const dropped = await toDrop(task);
  if ('not' in dropped) return dropped;
  const { indices } = dropped;
  const gone = prompt.messages.filter((_, index) => indices.has(index));
  const count = gone.length;
  if (!settings.summary) {
    const note = `[${count} earlier messages of this conversation were left out here: they do not fit into the model's context window.]`;
    return outcome(
      prompt,
      indices,
      note,
      `the oldest ${count} messages were left out, without a summary`,
      {},
    );
  }
  // Several summaries of one length each are summed up until one is left.
  const summed = await condense(task, [transcript(gone)], SUMMARISE, summaryTokens(settings));
  if ('not' in summed) return summed;
  const { notes, asked, cut } = summed;
  const by = formatTarget(askedOnTheSide(task));
  const limited = cut > 0 ? `; ${cut} summaries stopped at fit.noteTokens (${settings.noteTokens})` : '';
  const summary = `[${count} earlier messages of this conversation were left out here: they do not fit into the model's context window. A summary of them:]\n\n${notes.join('\n\n')}\n\n[End of the summary]`;
  const why = `the oldest ${count} messages were left out; ${by} summarised them with ${asked} questions${limited}`;
  return outcome(prompt, indices, summary, why, { asked, cutSummaries: cut, summaryBy: by });
};

/** By our count, which may be that of another tokenizer than the one that stops at the limit. */
function summaryTokens({ noteTokens }: Task['settings']): number {
  return Math.ceil(noteTokens * 1.25);
}

async function toDrop(
  task: Task,
): Promise<{ readonly indices: ReadonlySet<number> } | { readonly not: string }> {
  const { prompt, goal, before, measures, settings } = task;
  const note = NOTE_FRAME_TOKENS + (settings.summary ? summaryTokens(settings) : 0);
  const free = unitsOf(prompt.messages).filter(({ kept }) => !kept);
  if (free.length === 0) return { not: 'there are no earlier turns to leave out' };
  const indices = new Set<number>();
  let tokens = before.tokens + note;
  for (const unit of free) {
    // What is left begins with a question, not in the middle of an answer.
    if (tokens <= goal.promptTokens && (indices.size === 0 || unit.opens)) break;
    tokens -= await unitTokens(prompt, unit, (text) => measures.countText(text, goal.target.model));
    for (const index of unit.indices) indices.add(index);
  }
  if (tokens > goal.promptTokens)
    return {
      not: `its last turn alone, with its instructions and tools, takes about ${Math.max(0, tokens - note)} tokens${settings.summary ? ` and a summary of fit.noteTokens (${settings.noteTokens})` : ''}`,
    };
  return { indices };
}

async function unitTokens(
  prompt: Prompt,
  { indices }: Unit,
  count: (text: string) => Promise<{ readonly tokens: number }>,
): Promise<number> {
  const messages = indices.flatMap((index) => prompt.messages[index] ?? []);
  const text = promptText({ messages, tools: [], sampling: {}, format: { kind: 'text' }, extras: {} });
  return (await count(text)).tokens + MESSAGE_TOKENS * messages.length;
}

function outcome(
  prompt: Prompt,
  indices: ReadonlySet<number>,
  note: string,
  why: string,
  details: Record<string, string | number>,
): Outcome {
  const noted: Message = { role: 'user', content: [{ type: 'text', text: note }] };
  const first = Math.min(...indices);
  const messages = prompt.messages.flatMap((message, index) => {
    if (index === first) return [noted];
    return indices.has(index) ? [] : [message];
  });
  return {
    prompt: { ...prompt, messages },
    action: 'dropped',
    why,
    details: { droppedMessages: indices.size, ...details },
    told: `dropped=${indices.size}`,
  };
}

const SUMMARISE = (part: string, index: number, parts: number): string => `${INSTRUCTION}

${parts > 1 ? `This is part ${index + 1} of ${parts} of it:\n` : ''}<conversation>
${part}
</conversation>`;

const INSTRUCTION =
  'The earlier part of a conversation no longer fits into the context window. Summarise it for the assistant that goes on with it: facts, numbers, names, decisions, what the user wants and prefers, what tools found, and what is still open. Write the summary only, in the language of the conversation.';

/** A conversation for people: who said what. */
function transcript(messages: readonly Message[]): string {
  return messages
    .flatMap((message) => message.content.map((part) => line(message.role, part)))
    .filter((text) => text !== '')
    .join('\n\n');
}

function line(role: Message['role'], part: Message['content'][number]): string {
  switch (part.type) {
    case 'text':
      return `${role}: ${part.text}`;
    case 'tool-call':
      return `${role} calls ${part.name}: ${part.arguments}`;
    case 'tool-result': {
      const texts = part.content.map((inner) =>
        inner.type === 'text' ? inner.text : `(${inner.mediaType})`,
      );
      return `${part.name} answers: ${texts.join('\n')}`;
    }
    case 'media':
      return `${role}: (${part.filename ?? part.mediaType})`;
    case 'reasoning':
      return '';
  }
}
