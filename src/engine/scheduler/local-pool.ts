import type { BlockPool, BlockRef, ShardId } from '../ports.ts';

export interface LocalShard {
  readonly id: ShardId;
  readonly blocks: number;
}

export interface LocalPool extends BlockPool {
  /** A new shard, or more blocks in one that is there. */
  add(shard: LocalShard): void;
  /** The shard is gone, with all that it held. */
  lose(shard: ShardId): void;
}

interface Shelf {
  blocks: number;
  /** Numbers that are free; the last is given first. */
  readonly free: number[];
  readonly taken: Set<number>;
}

/** Blocks of this process's own shards, spread evenly, so that the threads of a split KV have equal work. */
export function createLocalPool(shards: readonly LocalShard[]): LocalPool {
  const shelves = new Map<ShardId, Shelf>();
  const more = new Set<() => void>();
  const lost = new Set<(shard: ShardId) => void>();

  const add = ({ id, blocks }: LocalShard): void => {
    const shelf = shelves.get(id) ?? { blocks: 0, free: [], taken: new Set() };
    shelves.set(id, shelf);
    for (let i = shelf.blocks + blocks - 1; i >= shelf.blocks; i--) shelf.free.push(i);
    shelf.blocks += blocks;
    for (const listener of more) listener();
  };
  const sum = (of: (shelf: Shelf) => number) =>
    [...shelves.values()].reduce((total, shelf) => total + of(shelf), 0);
  const freest = () => [...shelves].reduce((a, b) => (b[1].free.length > a[1].free.length ? b : a));
  const take = (): BlockRef => {
    const [shard, shelf] = freest();
    const block = shelf.free.pop();
    if (block === undefined) throw new Error('no free block where there should be one');
    shelf.taken.add(block);
    return { shard, block };
  };
  for (const shard of shards) add(shard);

  return {
    allocate: (count) =>
      count <= sum(({ free }) => free.length) ? Array.from({ length: count }, take) : null,
    free: (blocks) => {
      for (const { shard, block } of blocks) {
        const shelf = shelves.get(shard);
        if (!shelf?.taken.delete(block)) throw new Error(`block ${block} of shard ${shard} is not taken`);
        shelf.free.push(block);
      }
    },
    size: () => {
      const total = sum(({ blocks }) => blocks);
      return { total, free: sum(({ free }) => free.length), reachable: total };
    },
    want: () => {},
    onMore: (listener) => void more.add(listener),
    onLost: (listener) => void lost.add(listener),
    add,
    lose: (shard) => {
      if (!shelves.delete(shard)) return;
      for (const listener of lost) listener(shard);
    },
  };
}
