import type { GenerateEvent } from '../ports.ts';
import type { PromptCodec } from './codec.ts';

export type TokenEvent = Extract<GenerateEvent, { type: 'token' }>;
type Bytes = Pick<PromptCodec, 'tokenBytes'>;

const REPLACEMENT = '\uFFFD';

/** One entry of chat's `logprobs.content`; null when none were asked for. */
export function chatLogprob({ token, logprob, top }: TokenEvent, codec: Bytes): object | null {
  if (logprob === null) return null;
  return {
    ...named(token, logprob, codec),
    top_logprobs: top.map((other) => named(other.token, other.logprob, codec)),
  };
}

function named(token: number, logprob: number, codec: Bytes): object {
  const bytes = codec.tokenBytes(token);
  return { token: Buffer.from(bytes).toString('utf8'), logprob: finite(logprob), bytes: [...bytes] };
}

/** The `logprobs` of a completion: parallel lists over its tokens. */
export interface CompletionLogprobs {
  readonly tokens: string[];
  /** Null for a text's first token, which nothing comes before. */
  readonly token_logprobs: (number | null)[];
  /** Null for tokens of the prompt, whose alternatives are not computed. */
  readonly top_logprobs: (Record<string, number> | null)[];
  readonly text_offset: number[];
}

export function noLogprobs(): CompletionLogprobs {
  return { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
}

/** @param offset characters of the choice's text before this token */
export function addLogprob(to: CompletionLogprobs, event: TokenEvent, offset: number, codec: Bytes): void {
  const { token, logprob, top } = event;
  if (logprob === null) return;
  to.tokens.push(nameOf(token, codec));
  to.token_logprobs.push(finite(logprob));
  to.top_logprobs.push(
    Object.fromEntries(top.map((other) => [nameOf(other.token, codec), finite(other.logprob)])),
  );
  to.text_offset.push(offset);
}

/** The tokens of an echoed prompt. @param scores log p of each token after the first */
export function promptLogprobs(
  prompt: readonly number[],
  scores: Float64Array,
  codec: Bytes,
): CompletionLogprobs {
  const logprobs = noLogprobs();
  let offset = 0;
  for (const [index, token] of prompt.entries()) {
    const score = index === 0 ? undefined : scores[index - 1];
    logprobs.tokens.push(nameOf(token, codec));
    logprobs.token_logprobs.push(score === undefined ? null : finite(score));
    logprobs.top_logprobs.push(null);
    logprobs.text_offset.push(offset);
    offset += Buffer.from(codec.tokenBytes(token)).toString('utf8').length;
  }
  return logprobs;
}

/** A part of a character has no text; OpenAI writes its bytes, so that two such tokens are told apart. */
function nameOf(token: number, codec: Bytes): string {
  const bytes = Buffer.from(codec.tokenBytes(token));
  const text = bytes.toString('utf8');
  if (!text.includes(REPLACEMENT)) return text;
  return `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;
}

/** JSON knows no infinity; OpenAI writes −9999 for what is as good as impossible. */
function finite(logprob: number): number {
  return Number.isFinite(logprob) ? logprob : -9999;
}
