import type { Arithmetic } from '../../graphs/linear.ts';
import type { TinyOptions } from '../../models/testing/index.contract.ts';
import { type RopeSpec } from '../../models/model.ts';
import { BLOCK_TOKENS, type BlockRef, type KvType, type StepSlice } from '../../ports.ts';
import { createRunner, kvShapeOf, type Runner, type ShardPlace } from '../runner.ts';
import { memoryModel } from './memory-model.contract.ts';
import { type MemoryShard, memoryShard } from './memory-shard.contract.ts';
import { roundKv } from './round-kv.contract.ts';
import { plainSelfPartials } from './self-attention.contract.ts';

export interface HarnessOptions extends TinyOptions {
  readonly rope?: Partial<RopeSpec>;
  readonly kv?: KvType;
  /** Where shards `s/0`, `s/1`… are. */
  readonly places?: readonly ShardPlace[];
  readonly mostRows?: number;
  readonly arithmetic?: Arithmetic;
}

export interface Harness {
  readonly model: ReturnType<typeof memoryModel>;
  readonly runner: Runner;
  readonly shards: readonly MemoryShard[];
}

/** A runner over plain shards. */
export function harness({
  kv = 'bf16',
  places = ['here'],
  mostRows = 512,
  arithmetic = 'fast',
  ...tiny
}: HarnessOptions = {}): Harness {
  const model = memoryModel(tiny);
  const shape = kvShapeOf(model, kv);
  const runner = createRunner(model, shape, {
    selfAttention: (q, k, v, sliceRows) => plainSelfPartials(shape, q, k, v, sliceRows),
    round: (values) => roundKv(shape, values),
    mostRows,
    arithmetic,
  });
  const shards = places.map((place, i) => {
    const shard = memoryShard(`s/${i}`, shape, { asynchronous: place === 'remote' });
    runner.add(shard, place);
    return shard;
  });
  return { model, runner, shards };
}

/** Blocks for `tokens` tokens, starting at block `first` of each shard; block i is on shard `shardOf(i)`. */
export function blocksFor(
  tokens: number,
  first = 0,
  shardOf: (block: number) => number = () => 0,
): BlockRef[] {
  return Array.from({ length: Math.ceil(tokens / BLOCK_TOKENS) }, (_, i) => ({
    shard: `s/${shardOf(i)}`,
    block: first + i,
  }));
}

export function slice(
  tokens: readonly number[],
  start: number,
  blocks: readonly BlockRef[],
  logits: StepSlice['logits'] = 'all',
): StepSlice {
  return { tokens: Int32Array.from(tokens), start, blocks, logits };
}

export function largest(logits: Float32Array): number {
  return logits.reduce((best, value, i) => (value > logits[best]! ? i : best), 0);
}

/** The prompt in one step, then token after token. */
export async function greedy(
  { runner }: Harness,
  prompt: readonly number[],
  count: number,
  blocks: readonly BlockRef[],
): Promise<number[]> {
  const out: number[] = [];
  let [logits] = await runner.run([slice(prompt, 0, blocks, 'last')]);
  while (out.length < count) {
    out.push(largest(logits!));
    [logits] = await runner.run([slice([out.at(-1)!], prompt.length + out.length - 1, blocks, 'last')]);
  }
  return out;
}
