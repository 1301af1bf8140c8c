import type { GenerateEvent, GenerateRequest } from '../ports.ts';
import { Answer } from './answer.ts';
import { AnswerStream } from './answer-stream.ts';
import type { EngineOptions } from './options.ts';
import type { Scheduler } from './scheduler.ts';
import type { Sequence } from './sequence.ts';
import type { EngineTokenizer } from './text-ports.ts';

export interface GenerateParts {
  readonly scheduler: Scheduler;
  readonly tokenizer: EngineTokenizer;
  readonly options: EngineOptions;
  /** How many tokens the answer may have. @throws EngineError when there can be none */
  admit(request: GenerateRequest): number;
}

/** Begins when the first event is asked for; ends when the reader goes, or when the request's signal says so. */
export function generate(request: GenerateRequest, parts: GenerateParts): AsyncIterable<GenerateEvent> {
  const { scheduler, tokenizer, options } = parts;
  const { signal } = request;
  let sequence: Sequence | null = null;
  const end = (): void => {
    if (sequence) scheduler.end(sequence);
  };
  const abort = (): void => {
    end();
    stream.fail(signal?.reason);
  };
  const start = (): void => {
    try {
      signal?.throwIfAborted();
      const maxTokens = parts.admit(request);
      if (maxTokens === 0) {
        stream.push(nothing(request));
        stream.finish();
        return;
      }
      const answer = new Answer({
        request,
        maxTokens,
        stream,
        sampler: options.createSampler(request.sampling),
        detokenizer: tokenizer.detokenizer(),
        stopFilter: options.createStopFilter(request.stop),
        eosTokens: new Set(request.ignoreEos ? [] : tokenizer.eosTokens),
      });
      sequence = scheduler.submit(request.prompt, answer);
      signal?.addEventListener('abort', abort, { once: true });
    } catch (error) {
      stream.fail(error);
    }
  };
  const stream = new AnswerStream(Math.max(1, options.maxBufferedEvents), {
    start,
    drained: () => sequence && scheduler.resume(sequence),
    cancel: end,
    closed: () => signal?.removeEventListener('abort', abort),
  });
  return stream;
}

function nothing({ prompt }: GenerateRequest): GenerateEvent {
  return {
    type: 'finish',
    reason: 'length',
    text: '',
    promptTokens: prompt.length,
    cachedTokens: 0,
    completionTokens: 0,
  };
}
