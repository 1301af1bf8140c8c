import { EngineError, type GenerateEvent, type GenerateRequest } from '../ports.ts';
import type { History, Sampler, StopFilter } from '../sampling/index.ts';
import { messageOf } from '../../core/message-of.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { Outcome, Sequence, Task } from './sequence.ts';
import type { EngineTokenizer } from './text-ports.ts';

export interface AnswerParts {
  readonly request: GenerateRequest;
  /** What of `request.maxTokens` fits. */
  readonly maxTokens: number;
  readonly stream: AnswerStream;
  readonly sampler: Sampler;
  readonly detokenizer: ReturnType<EngineTokenizer['detokenizer']>;
  readonly stopFilter: StopFilter;
  /** Tokens that end the answer. */
  readonly eosTokens: ReadonlySet<number>;
}

/** Logits become tokens, tokens text, and both events. It outlives preemption, and so does the sampler's state. */
export class Answer implements Task {
  readonly rows = 'last';
  readonly #parts: AnswerParts;
  readonly #history: History & { readonly output: number[] };
  /** Tokens, an ending one too. */
  #sampled = 0;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.#history = { prompt: parts.request.prompt, output: [] };
  }

  wantedFrom(length: number): number {
    return length - 1;
  }

  take(logits: Float32Array, _start: number, sequence: Sequence): Outcome {
    const { request, sampler, detokenizer, stopFilter, stream, eosTokens } = this.#parts;
    const { token, logprob, top } = sampler.sample(logits, this.#history, request.logprobs);
    this.#sampled++;
    if (eosTokens.has(token)) return this.#finish('stop', sequence, detokenizer.flush());
    const { emit, stopped } = stopFilter.push(detokenizer.push(token));
    this.#history.output.push(token);
    stream.push({ type: 'token', token, text: emit, logprob, top });
    if (stopped) return this.#end('stop', '', sequence);
    if (this.#sampled >= this.#parts.maxTokens) return this.#finish('length', sequence, detokenizer.flush());
    return { token, next: stream.full ? 'park' : 'go' };
  }

  #finish(reason: 'stop' | 'length', sequence: Sequence, rest: string): Outcome {
    const { emit, stopped } = this.#parts.stopFilter.push(rest);
    if (stopped) return this.#end('stop', emit, sequence);
    return this.#end(reason, emit + this.#parts.stopFilter.flush(), sequence);
  }

  #end(reason: 'stop' | 'length', text: string, sequence: Sequence): Outcome {
    this.#parts.stream.push(finishEvent(reason, text, sequence, this.#sampled));
    this.#parts.stream.finish();
    return { token: null, next: 'end' };
  }

  fail(error: unknown): void {
    this.#parts.stream.fail(error);
  }
}

function finishEvent(
  reason: 'stop' | 'length',
  text: string,
  { promptLength, cachedTokens }: Sequence,
  completionTokens: number,
): GenerateEvent {
  return { type: 'finish', reason, text, promptTokens: promptLength, cachedTokens, completionTokens };
}

/** Errors of others' code that a request meets, as its reader should see them. */
export function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const why = messageOf(error);
  return new EngineError('failed', `The engine could not go on with this request: ${why}`, { cause: error });
}
