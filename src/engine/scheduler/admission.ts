import { BLOCK_TOKENS, EngineError } from '../ports.ts';
import { blocksFor } from './block.ts';

export interface AdmissionLimits {
  readonly contextLength: number;
  readonly vocabSize: number;
  /** Blocks that could be had at most. */
  readonly reachable: number;
  readonly blockBytes: number;
  /** Where lenders join. */
  readonly joinAddress: string;
}

/**
 * How many tokens the answer may have. A `maxTokens` that the context length cannot hold is cut to what it leaves; as it
 * then is no wish but a bound (servers without one from the client give all the context), it is cut to what memory could
 * ever hold as well. A smaller one that memory cannot hold is refused.
 * @throws EngineError bad_request, too_long, no_memory
 */
export function admitRequest(prompt: readonly number[], maxTokens: number, limits: AdmissionLimits): number {
  checkPrompt(prompt, limits);
  if (!(maxTokens >= 0) || (Number.isFinite(maxTokens) && !Number.isInteger(maxTokens))) {
    throw new EngineError('bad_request', `max_tokens must be a whole number of 0 or more, not ${maxTokens}.`);
  }
  if (maxTokens === 0) return 0;
  const room = limits.contextLength - prompt.length;
  if (room < 1) throw tooLong(`a prompt of ${prompt.length} tokens and an answer`, limits.contextLength);
  const held = limits.reachable * BLOCK_TOKENS - prompt.length + 1;
  const most = maxTokens >= room ? Math.max(1, Math.min(room, held)) : maxTokens;
  checkMemory(
    prompt.length + most - 1,
    `${prompt.length} prompt tokens and up to ${most} answer tokens`,
    limits,
  );
  return most;
}

/** @throws EngineError bad_request, too_long, no_memory */
export function admitText(prompt: readonly number[], limits: AdmissionLimits): void {
  checkPrompt(prompt, limits);
  if (prompt.length > limits.contextLength)
    throw tooLong(`a text of ${prompt.length} tokens`, limits.contextLength);
  checkMemory(prompt.length, `a text of ${prompt.length} tokens`, limits);
}

function checkPrompt(prompt: readonly number[], { vocabSize }: AdmissionLimits): void {
  if (prompt.length === 0)
    throw new EngineError('bad_request', 'The prompt is empty: it needs one token at least.');
  for (const [i, token] of prompt.entries()) {
    if (Number.isInteger(token) && token >= 0 && token < vocabSize) continue;
    throw new EngineError(
      'bad_request',
      `Token ${i} of the prompt is ${token}; this model's go from 0 to ${vocabSize - 1}.`,
    );
  }
}

function tooLong(what: string, contextLength: number): EngineError {
  return new EngineError(
    'too_long',
    `This model's context is ${contextLength} tokens: ${what} do not fit. Shorten the prompt.`,
  );
}

function checkMemory(tokens: number, what: string, limits: AdmissionLimits): void {
  if (blocksFor(tokens) > limits.reachable) throw noMemory(tokens, what, limits);
}

/** @param tokens whose KV would be held at once */
export function noMemory(tokens: number, what: string, limits: AdmissionLimits): EngineError {
  const { reachable, blockBytes } = limits;
  const need = blocksFor(tokens);
  const missing = Math.max(0, need - reachable);
  const size = (blocks: number) =>
    `${blocks} blocks (${blocks * BLOCK_TOKENS} tokens, ${mebibytes(blocks * blockBytes)} MiB)`;
  return new EngineError(
    'no_memory',
    `Not enough KV memory for ${what}: ${size(need)} are needed and ${size(reachable)} can be reached. ` +
      `Lower max_tokens, shorten the prompt, or let lenders provide the ${size(missing)} that are missing: ` +
      `infinite-llm engine lend --join ${limits.joinAddress} --kv-memory ${mebibytes(missing * blockBytes)}MiB`,
  );
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
