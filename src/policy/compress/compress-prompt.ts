import type { Prompt } from '../../core/content.ts';
import { type CompressSettings, type TaskClass, USUAL_KEEP } from '../../core/plan/compress.ts';
import { type Classified, classify } from './task-class.ts';
import { questionIn } from '../../text/compress/index.ts';
import { type Group, groupsOf } from './groups.ts';
import { rewrite, type Replacement } from './rewrite.ts';

/** What compressing one group of texts gave. */
export interface GroupResult {
  readonly texts: readonly string[];
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly exact: boolean;
  readonly spans: number;
  readonly kept: number;
  readonly protectedTokens: Readonly<Record<string, number>>;
}

export interface GroupRequest {
  readonly texts: readonly string[];
  readonly keepRatio: number;
  readonly task: TaskClass;
  /** Asked elsewhere than in the texts. */
  readonly question: string | null;
  readonly findsQuestion: boolean;
}

export interface PromptRequest {
  readonly settings: CompressSettings;
  /** The share that the client asks for; null when it does not. */
  readonly keepRatio: number | null;
  readonly declared: Classified | null;
  /** Why a class of tasks is not to be compressed; null when it may be. */
  readonly stopped: (task: TaskClass) => string | null;
  /** Null for texts that are too short. */
  readonly compress: (request: GroupRequest) => Promise<GroupResult | null>;
}

export interface CompressedPrompt {
  /** The prompt as it was when nothing could be left out. */
  readonly prompt: Prompt;
  readonly changed: boolean;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly exact: boolean;
  readonly spans: number;
  readonly kept: number;
  readonly protectedTokens: Readonly<Record<string, number>>;
  /** The class of the last message of the user, which is that of the call. */
  readonly task: Classified;
  /** Why messages were left alone. */
  readonly left: readonly string[];
}

/** Compresses the messages of a prompt one by one, each by its own class and question. */
export async function compressPrompt(prompt: Prompt, request: PromptRequest): Promise<CompressedPrompt> {
  const { settings, declared, stopped, compress } = request;
  const groups = groupsOf(prompt, new Set(settings.protect));
  const replacements: Replacement[] = [];
  const left = new Set<string>();
  const protectedTokens: Record<string, number> = {};
  let [tokensBefore, tokensAfter, spans, kept] = [0, 0, 0, 0];
  let exact = true;
  let turn: Turn = firstTurn(prompt, declared);
  for (const group of groups) {
    turn = turnOf(prompt, group, turn, declared);
    const { task } = turn.classified;
    const stop = stopped(task);
    const keepRatio = request.keepRatio ?? keepOf(settings, task);
    if (stop !== null || keepRatio >= 1) {
      left.add(stop ?? `tasks of the class ${task} are left alone`);
      continue;
    }
    const result = await compress({
      texts: group.texts,
      keepRatio,
      task,
      question: group.role === 'user' ? null : turn.question,
      findsQuestion: group.role === 'user',
    });
    if (!result) {
      left.add(`fewer than ${settings.minTokens} tokens`);
      continue;
    }
    tokensBefore += result.tokensBefore;
    tokensAfter += result.tokensAfter;
    exact &&= result.exact;
    spans += result.spans;
    kept += result.kept;
    for (const [reason, tokens] of Object.entries(result.protectedTokens))
      protectedTokens[reason] = (protectedTokens[reason] ?? 0) + tokens;
    for (const [index, text] of result.texts.entries()) {
      const place = group.places[index];
      if (place && text !== group.texts[index]) replacements.push({ ...place, text });
    }
  }
  const changed = tokensAfter < tokensBefore && replacements.length > 0;
  return {
    prompt: changed ? rewrite(prompt, replacements) : prompt,
    changed,
    tokensBefore,
    tokensAfter,
    exact,
    spans,
    kept,
    protectedTokens,
    task: lastTurn(prompt, turn, declared).classified,
    left: [...left],
  };
}

interface Turn {
  readonly message: number;
  readonly classified: Classified;
  readonly question: string | null;
}

const UNKNOWN: Classified = { task: 'other', from: 'rule: nothing was asked yet' };

function firstTurn(_prompt: Prompt, declared: Classified | null): Turn {
  return { message: -1, classified: declared ?? UNKNOWN, question: null };
}

/** The turn of the user that a group belongs to: its own message, or the last one before it with words. */
function turnOf(prompt: Prompt, group: Group, before: Turn, declared: Classified | null): Turn {
  const at = group.places[0]?.message ?? 0;
  for (let message = at; message > before.message; message--) {
    const text = userText(prompt, message);
    if (text === null) continue;
    return turnAt(message, text, declared);
  }
  return before;
}

function lastTurn(prompt: Prompt, turn: Turn, declared: Classified | null): Turn {
  for (let message = prompt.messages.length - 1; message > turn.message; message--) {
    const text = userText(prompt, message);
    if (text !== null) return turnAt(message, text, declared);
  }
  return turn;
}

function turnAt(message: number, text: string, declared: Classified | null): Turn {
  const question = questionIn(text);
  return { message, question, classified: declared ?? classify(text, question) };
}

function userText(prompt: Prompt, index: number): string | null {
  const message = prompt.messages[index];
  if (message?.role !== 'user') return null;
  const text = message.content.flatMap((part) => (part.type === 'text' ? part.text : [])).join('\n\n');
  return text.trim() === '' ? null : text;
}

function keepOf({ classes, keepRatio }: CompressSettings, task: TaskClass): number {
  const usual = USUAL_KEEP[task];
  return classes[task] ?? (usual === 1 ? 1 : (keepRatio ?? usual));
}
