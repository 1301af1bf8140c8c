import { systemClock } from '../../core/clock.ts';
import type { Clock } from '../../core/ports.ts';
import {
  type BlockPool,
  type BlockRef,
  type Engine,
  EngineError,
  type EngineStatus,
  type GenerateEvent,
  type GenerateRequest,
  type ModelRunner,
  type ShardId,
} from '../ports.ts';
import { kvLayout } from '../kv/layout.ts';
import { type AdmissionLimits, admitRequest, admitScore, noMemory } from './admission.ts';
import { Answer } from './answer.ts';
import { AnswerStream } from './answer-stream.ts';
import type { ChainHash } from './block.ts';
import { type EngineLoad, engineLoad, pickBlocks } from './load.ts';
import type { Schedule } from './schedule.ts';
import { Scheduler } from './scheduler.ts';
import { Score } from './score.ts';
import type { Sequence } from './sequence.ts';
import type { CreateSampler, CreateStopFilter, EngineTokenizer } from './text-ports.ts';

export interface EngineOptions {
  /** Sequences computed together; default 32. */
  readonly maxSequences: number;
  /** Tokens a step, of which prefill gets what decodes leave; default 512. */
  readonly maxTokensPerStep: number;
  /** Memory for the logits of a scored text's step; default 32 MiB. */
  readonly maxLogitBytes: number;
  /** Events that may wait for their reader before its sequence is parked; default 1024. */
  readonly maxBufferedEvents: number;
  /** How often it looks for memory by itself while it waits for some; default 1000. */
  readonly retryMs: number;
  /** How long a sequence waits for lenders when its KV fits no more; default 10,000. */
  readonly patienceMs: number;
  /** host:port where lenders join; for error messages. */
  readonly joinAddress: string;
  readonly clock: Clock;
  readonly createSampler: CreateSampler;
  readonly createStopFilter: CreateStopFilter;
  /** Each schedule before it runs, for logs and replays. */
  readonly onSchedule: (plan: Schedule) => void;
  /** For tests of collisions. */
  readonly hash: ChainHash;
}

export interface EngineParts {
  readonly runner: ModelRunner;
  readonly pool: BlockPool;
  readonly tokenizer: EngineTokenizer;
  readonly modelName: string;
  /** Tokens of prompt and answer together. */
  readonly contextLength: number;
  readonly options: Partial<EngineOptions> & Pick<EngineOptions, 'createSampler' | 'createStopFilter'>;
}

/** An engine that also lets its blocks be looked at and moved. */
export interface LocalEngine extends Engine {
  /** Log p of each token after the first, given those before it. @throws EngineError as generate does */
  score(prompt: readonly number[], signal?: AbortSignal): Promise<Float64Array>;
  load(): EngineLoad;
  /** Up to `count` blocks of those shards that may be moved, of the longest requests first. */
  pick(count: number, shards: (shard: ShardId) => boolean): readonly BlockRef[];
  /**
   * Copies a block between steps, and all that uses it uses the copy. `to` was allocated by the caller.
   * @returns whether it is so now: then `from` is the caller's to free; else `to` is, and what was in `from` is not needed
   * any more, or one of the two shards is lost
   * @throws Error when `to` is in use, which it stays
   */
  move(from: BlockRef, to: BlockRef): Promise<boolean>;
  /** Gives cached blocks that no request uses back to the pool: all, or one shard's. Returns how many. */
  evictCached(shard?: ShardId): number;
}

/** Closing it ends all requests and frees all blocks; runner and pool stay their owner's. */
export function createEngine({
  runner,
  pool,
  tokenizer,
  modelName,
  contextLength,
  options,
}: EngineParts): LocalEngine {
  const clock = options.clock ?? systemClock;
  const eosTokens = new Set(tokenizer.eosTokens);
  const none = new Set<number>();
  const local = new Set(runner.localShards);
  const admission = (): AdmissionLimits => ({
    contextLength,
    vocabSize: runner.vocabSize,
    reachable: pool.size().reachable,
    blockBytes: kvLayout(runner.kv).blockBytes,
    joinAddress: options.joinAddress ?? null,
  });
  const scheduler = new Scheduler({
    runner,
    pool,
    clock,
    limits: {
      maxSequences: Math.max(1, options.maxSequences ?? 32),
      maxTokensPerStep: Math.max(1, options.maxTokensPerStep ?? 512),
      maxLogitRows: Math.max(1, Math.floor((options.maxLogitBytes ?? 2 ** 25) / (4 * runner.vocabSize))),
    },
    retryMs: options.retryMs ?? 1000,
    patienceMs: options.patienceMs ?? 10_000,
    hash: options.hash,
    noMemory: ({ length }) => noMemory(length, `a request of ${length} tokens so far`, admission()),
    onSchedule: options.onSchedule,
  });
  const checkOpen = (): void => {
    if (scheduler.closed) throw closedError();
  };

  function generate(request: GenerateRequest): AsyncIterable<GenerateEvent> {
    let sequence: Sequence | null = null;
    const { signal } = request;
    const end = () => sequence && scheduler.end(sequence);
    const abort = () => {
      end();
      stream.fail(signal?.reason);
    };
    const start = () => {
      try {
        signal?.throwIfAborted();
        checkOpen();
        const maxTokens = admitRequest(request.prompt, request.maxTokens, admission());
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
          eosTokens: request.ignoreEos ? none : eosTokens,
        });
        sequence = scheduler.submit(request.prompt, answer);
        signal?.addEventListener('abort', abort, { once: true });
      } catch (error) {
        stream.fail(error);
      }
    };
    const stream = new AnswerStream(Math.max(1, options.maxBufferedEvents ?? 1024), {
      start,
      drained: () => sequence && scheduler.resume(sequence),
      cancel: end,
      closed: () => signal?.removeEventListener('abort', abort),
    });
    return stream;
  }

  function score(prompt: readonly number[], signal?: AbortSignal): Promise<Float64Array> {
    let sequence: Sequence | null = null;
    let abort = (): void => {};
    const scored = new Promise<Float64Array>((resolve, reject) => {
      signal?.throwIfAborted();
      checkOpen();
      admitScore(prompt, admission());
      if (prompt.length === 1) return resolve(new Float64Array(0));
      // The last token has no next one: its logits are not needed.
      sequence = scheduler.submit(prompt.slice(0, -1), new Score(prompt, runner.vocabSize, resolve, reject));
      abort = () => {
        if (sequence) scheduler.end(sequence);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
    return scored.finally(() => signal?.removeEventListener('abort', abort));
  }

  function status(): EngineStatus {
    const { roster, counts, blocks, tokensPerSecond } = scheduler;
    const { total, free } = pool.size();
    return {
      model: modelName,
      running: roster.running.length + roster.parked.length,
      waiting: roster.waiting.length,
      ...counts,
      tokensHeld: blocks.tokensHeld(),
      tokensPerSecond,
      blocks: { total, free, cached: blocks.cached },
    };
  }

  return {
    modelName,
    contextLength,
    generate,
    score,
    status,
    load: () => engineLoad(scheduler.roster, local),
    pick: (count, shards) => pickBlocks(scheduler.roster, scheduler.blocks, local, count, shards),
    move: (from, to) => scheduler.relocate(from, to),
    evictCached: (shard) => scheduler.blocks.evict(shard),
    close: () => scheduler.close(closedError()),
  };
}

function closedError(): EngineError {
  return new EngineError('failed', 'The engine is closing; send the request again.');
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
