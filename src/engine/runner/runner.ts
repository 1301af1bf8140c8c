import { type DenseOptions, openDense } from '../graphs/dense.ts';
import type { Model } from '../models/model.ts';
import {
  type AttentionShard,
  type BlockRef,
  type KvShape,
  type KvType,
  type ShardId,
  ShardLostError,
  type StepSlice,
} from '../ports.ts';
import { cutSlices } from './cut-slices.ts';
import { planStep } from './plan.ts';
import { runStep, type SelfAttention } from './run-step.ts';

/** Rows of one pass through the graphs: more do not make it faster, only its memory larger. */
const MOST_ROWS = 512;

/** How far a shard is: in this thread, in another one, or in another process. */
export type ShardPlace = 'here' | 'thread' | 'remote';

export interface RunnerOptions extends DenseOptions {
  readonly selfAttention: SelfAttention;
  /** Rounds keys or values, [rows, kvHeads, headDim], in place to what shards give back for them. */
  readonly round: (values: Float32Array) => void;
  /** At most so many rows in one pass; what does not fit is run in further passes. */
  readonly mostRows?: number;
  /** Awaited once a layer: lets the thread's event loop serve others. */
  readonly breathe?: () => Promise<void>;
}

/** The model with its attention over any set of shards, in this thread. One call at a time. */
export interface Runner {
  readonly kv: KvShape;
  readonly vocabSize: number;
  run(slices: readonly StepSlice[]): Promise<readonly (Float32Array | null)[]>;
  add(shard: AttentionShard, place: ShardPlace): void;
  /** @returns the shard, not closed; undefined when there is none */
  remove(id: ShardId): AttentionShard | undefined;
  copyBlock(from: BlockRef, to: BlockRef): Promise<void>;
  readBlock(ref: BlockRef): Promise<Uint8Array>;
  writeBlock(ref: BlockRef, bytes: Uint8Array): Promise<void>;
  /** Closes graphs and shards. */
  close(): Promise<void>;
}

export function kvShapeOf({ layers, heads, kvHeads, headDim }: Model, type: KvType): KvShape {
  return { layers: layers.length, heads, kvHeads, headDim, type };
}

/** Makes the graphs, which takes seconds; the model may be closed after that. */
export function createRunner(model: Model, kv: KvShape, options: RunnerOptions): Runner {
  const dense = openDense(model, options);
  const { vocabSize } = model;
  const { mostRows = MOST_ROWS, breathe = null, selfAttention, round } = options;
  const places: Record<ShardPlace, Map<ShardId, AttentionShard>> = {
    remote: new Map(),
    thread: new Map(),
    here: new Map(),
  };
  let shards = new Map<ShardId, AttentionShard>();
  const changed = (): void => {
    shards = new Map([...places.remote, ...places.thread, ...places.here]);
  };
  const shardOf = (id: ShardId): AttentionShard => {
    const shard = shards.get(id);
    if (!shard) throw new ShardLostError(id, 'this instance is not connected to it');
    return shard;
  };
  return {
    kv,
    vocabSize,
    async run(slices) {
      checkTokens(slices, vocabSize);
      const parts: Float32Array[][] = slices.map(() => []);
      for (const batch of cutSlices(slices, mostRows)) {
        const plan = planStep(batch.map(({ slice }) => slice));
        const logits = await runStep(plan, { kv, dense, selfAttention, round, shards, breathe });
        let at = 0;
        for (const { slice, of } of batch) {
          const rows = slice.logits === 'all' ? slice.tokens.length : slice.logits === 'last' ? 1 : 0;
          if (logits && rows > 0) parts[of]?.push(logits.subarray(at, at + rows * vocabSize));
          at += rows * vocabSize;
        }
      }
      return slices.map(({ logits }, i) => (logits === 'none' ? null : joined(parts[i] ?? [])));
    },
    add(shard, place) {
      if (shards.has(shard.id)) throw new Error(`shard ${shard.id} was there already`);
      places[place].set(shard.id, shard);
      changed();
    },
    remove(id) {
      const shard = shards.get(id);
      for (const place of Object.values(places)) place.delete(id);
      changed();
      return shard;
    },
    async copyBlock(from, to) {
      await shardOf(to.shard).writeBlock(to.block, await shardOf(from.shard).readBlock(from.block));
    },
    readBlock: async (ref) => shardOf(ref.shard).readBlock(ref.block),
    writeBlock: async (ref, bytes) => shardOf(ref.shard).writeBlock(ref.block, bytes),
    async close() {
      dense.close();
      await Promise.allSettled([...shards.values()].map((shard) => shard.close()));
    },
  };
}

/** Tokens come from clients: one outside the vocabulary must not read another row's memory. */
function checkTokens(slices: readonly StepSlice[], vocabSize: number): void {
  for (const { tokens } of slices)
    for (const token of tokens)
      if (token < 0 || token >= vocabSize)
        throw new RangeError(`token ${token} is not one of the model's ${vocabSize}`);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const [first, ...rest] = parts;
  if (first && rest.length === 0) return first;
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
