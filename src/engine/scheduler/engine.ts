import { kvLayout } from '../kv/layout.ts';
import {
  type BlockPool,
  type BlockRef,
  type Engine,
  EngineError,
  type EngineStatus,
  type ModelRunner,
  type ShardId,
} from '../ports.ts';
import { type AdmissionLimits, admitRequest, admitText, noMemory } from './admission.ts';
import { generate } from './generate.ts';
import { type EngineLoad, engineLoad, pickBlocks } from './load.ts';
import { ENGINE_DEFAULTS, type EngineOptions } from './options.ts';
import { PrefixStore } from './prefix-store.ts';
import { Scheduler } from './scheduler.ts';
import { score } from './score.ts';
import type { EngineTokenizer } from './text-ports.ts';

export interface EngineParts {
  readonly runner: ModelRunner;
  readonly pool: BlockPool;
  readonly tokenizer: EngineTokenizer;
  readonly modelName: string;
  /** Tokens of prompt and answer together. */
  readonly contextLength: number;
  readonly options?: Partial<EngineOptions>;
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
  /** Gives up to `count` cached blocks of those shards that no request uses back to the pool. Returns how many. */
  evictCached(count?: number, shards?: (shard: ShardId) => boolean): number;
  /** Computes the KV of these whole blocks where it is not there, and gives the blocks one after the other. */
  exportPrefix(tokens: readonly number[], signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Puts the KV of whole blocks where prompts that begin so find it. False when there is no memory. */
  importPrefix(tokens: readonly number[], blocks: AsyncIterable<Uint8Array>): Promise<boolean>;
  /** Tokens at the beginning of this text whose KV is there. */
  cachedPrefix(tokens: readonly number[]): number;
}

/** Closing it ends all requests and frees all blocks; runner and pool stay their owner's. */
export function createEngine(parts: EngineParts): LocalEngine {
  const { runner, pool, tokenizer, modelName, contextLength } = parts;
  const options = { ...ENGINE_DEFAULTS, ...parts.options };
  const local = new Set(runner.localShards);
  const { blockBytes } = kvLayout(runner.kv);
  const limits = (): AdmissionLimits => ({
    contextLength,
    vocabSize: runner.vocabSize,
    reachable: pool.size().reachable,
    blockBytes,
    joinAddress: options.joinAddress,
  });
  const scheduler = new Scheduler({
    runner,
    pool,
    options,
    noMemory: ({ length }) => noMemory(length, `a request of ${length} tokens so far`, limits()),
  });
  const prefixes = new PrefixStore(scheduler, runner);
  const open = (): AdmissionLimits => {
    if (scheduler.closed) throw closing();
    return limits();
  };
  const admitWhole = (tokens: readonly number[]): void => admitText(tokens, open());

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
    generate: (request) =>
      generate(request, {
        scheduler,
        tokenizer,
        options,
        admit: ({ prompt, maxTokens }) => admitRequest(prompt, maxTokens, open()),
      }),
    score: async (prompt, signal) => {
      admitWhole(prompt);
      return score(prompt, scheduler, runner.vocabSize, signal);
    },
    status,
    load: () => engineLoad(scheduler.roster, local),
    pick: (count, shards) => pickBlocks(scheduler.roster, scheduler.blocks, local, count, shards),
    move: (from, to) => scheduler.move(from, to),
    evictCached: (count, shards) => scheduler.blocks.evict(count, shards),
    async *exportPrefix(tokens, signal) {
      admitWhole(tokens);
      yield* prefixes.export(tokens, signal);
    },
    importPrefix: async (tokens, blocks) => {
      open();
      return prefixes.import(tokens, blocks);
    },
    cachedPrefix: (tokens) => prefixes.cached(tokens),
    close: () => scheduler.close(closing()),
  };
}

function closing(): EngineError {
  return new EngineError('failed', 'The engine is closing; send the request again.');
}
