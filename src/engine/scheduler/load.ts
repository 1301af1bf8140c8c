import type { BlockRef, ShardId } from '../ports.ts';
import type { Sequence } from './sequence.ts';

/** What one request holds; shared blocks count for each that shares them. */
export interface RequestLoad {
  readonly id: number;
  readonly tokens: number;
  /** Blocks by shard. */
  readonly blocks: Readonly<Record<ShardId, number>>;
}

/** What an instance is busy with, for its rManager's heartbeats and the planner. */
export interface EngineLoad {
  /** Sequences that are computed together. */
  readonly batch: number;
  readonly waiting: number;
  /** Those of the batch, by age. */
  readonly requests: readonly RequestLoad[];
}

export function requestLoad(sequence: Sequence): RequestLoad {
  const blocks: Record<ShardId, number> = {};
  for (const { shard } of places(sequence)) blocks[shard] = (blocks[shard] ?? 0) + 1;
  return { id: sequence.id, tokens: sequence.length, blocks };
}

/** In the order of their tokens. */
export function places(sequence: Sequence): readonly BlockRef[] {
  return sequence.blocks.flatMap(({ ref }) => ref ?? []);
}
