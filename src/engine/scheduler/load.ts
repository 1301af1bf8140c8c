import type { BlockRef, ShardId } from '../ports.ts';
import { blocksFor } from './block.ts';
import type { BlockManager } from './block-manager.ts';
import type { Roster } from './roster.ts';
import type { Sequence } from './sequence.ts';

/** What one request holds; shared blocks count for each that shares them. */
export interface RequestLoad {
  readonly id: string;
  readonly tokens: number;
  readonly blocks: number;
  /** Those of them that are in shards of this process. */
  readonly localBlocks: number;
  readonly byShard: Readonly<Record<ShardId, number>>;
}

/** What an instance is busy with, for its rManager's heartbeats and the planner. */
export interface EngineLoad {
  /** Sequences that are computed together. */
  readonly running: number;
  /** Requests that wait for memory. */
  readonly waiting: number;
  /** Blocks that one of those needs, on average. */
  readonly waitingBlocks: number;
  /** The running ones, the longest first. */
  readonly requests: readonly RequestLoad[];
}

export function engineLoad({ running, waiting }: Roster, local: ReadonlySet<ShardId>): EngineLoad {
  const needed = waiting.reduce((sum, { length }) => sum + blocksFor(length), 0);
  return {
    running: running.length,
    waiting: waiting.length,
    waitingBlocks: waiting.length > 0 ? Math.ceil(needed / waiting.length) : 0,
    requests: longestFirst(running).map((sequence) => requestLoad(sequence, local)),
  };
}

function longestFirst(sequences: readonly Sequence[]): Sequence[] {
  return [...sequences].sort((a, b) => b.blocks.length - a.blocks.length);
}

function requestLoad({ id, length, blocks }: Sequence, local: ReadonlySet<ShardId>): RequestLoad {
  const byShard: Record<ShardId, number> = {};
  let localBlocks = 0;
  for (const { ref } of blocks) {
    if (!ref) continue;
    byShard[ref.shard] = (byShard[ref.shard] ?? 0) + 1;
    if (local.has(ref.shard)) localBlocks++;
  }
  return { id: String(id), tokens: length, blocks: blocks.length, localBlocks, byShard };
}

/**
 * Up to `count` blocks of those shards: of the longest requests first, in the order of their tokens; then cached ones
 * that are somebody else's memory.
 */
export function pickBlocks(
  { running }: Roster,
  manager: BlockManager,
  local: ReadonlySet<ShardId>,
  count: number,
  shards: (shard: ShardId) => boolean,
): readonly BlockRef[] {
  const picked = new Set<BlockRef>();
  const take = (ref: BlockRef | null): void => {
    if (ref && picked.size < count && shards(ref.shard)) picked.add(ref);
  };
  for (const { blocks } of longestFirst(running)) for (const { ref } of blocks) take(ref);
  for (const { ref } of manager.idleBlocks()) if (ref && !local.has(ref.shard)) take(ref);
  return [...picked];
}
