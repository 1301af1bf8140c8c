import type { BlockRef, ShardId } from '../../ports.ts';

/** A shard of this process; `address` is where others reach it, null where they cannot. */
export interface HomeShard {
  readonly id: ShardId;
  readonly blocks: number;
  readonly address: { readonly host: string; readonly port: number } | null;
}

const FREE = 0;
const LOCAL = 1;
const LENT = 2;

/** This process's own blocks, each of which is free, used here, or lent (until nobody else can reach it any more). */
export class HomeBlocks {
  readonly #shards = new Map<ShardId, Shard>();

  constructor(shards: readonly HomeShard[]) {
    for (const { id, blocks, address } of shards) this.#shards.set(id, new Shard(blocks, address));
  }

  has(id: ShardId): boolean {
    return this.#shards.has(id);
  }

  ids(): readonly ShardId[] {
    return [...this.#shards.keys()];
  }

  address(id: ShardId): HomeShard['address'] {
    return this.#shards.get(id)?.address ?? null;
  }

  /** Up to `count`, for use here. */
  take(count: number): BlockRef[] {
    const taken: BlockRef[] = [];
    for (const [shard, { free, states }] of this.#shards)
      while (taken.length < count && free.length > 0) {
        const block = free.pop() ?? 0;
        states[block] = LOCAL;
        taken.push({ shard, block });
      }
    return taken;
  }

  /** @throws when it was not in use here */
  free({ shard, block }: BlockRef): void {
    this.#change(shard, block, LOCAL);
  }

  /** Up to `count` blocks for another instance, from the shards that it can reach. */
  lend(count: number): { readonly shard: ShardId; readonly blocks: number[] }[] {
    const parts: { shard: ShardId; blocks: number[] }[] = [];
    let missing = count;
    for (const [shard, held] of this.#shards) {
      if (!held.address || missing <= 0) continue;
      const blocks = held.free.splice(Math.max(0, held.free.length - missing));
      for (const block of blocks) held.states[block] = LENT;
      held.lent += blocks.length;
      missing -= blocks.length;
      if (blocks.length > 0) parts.push({ shard, blocks });
    }
    return parts;
  }

  /** Lent blocks that nobody else can reach any more. */
  recover(shard: ShardId, blocks: readonly number[]): void {
    if (this.#shards.has(shard)) for (const block of blocks) this.#change(shard, block, LENT);
  }

  /** Forgets a shard that is gone. */
  lose(id: ShardId): boolean {
    return this.#shards.delete(id);
  }

  counts(): {
    readonly total: number;
    readonly free: number;
    readonly lent: number;
    /** Of shards that others can reach, all and free ones. */
    readonly lendable: number;
    readonly lendableFree: number;
  } {
    let [total, free, lent, lendable, lendableFree] = [0, 0, 0, 0, 0];
    for (const shard of this.#shards.values()) {
      total += shard.states.length;
      free += shard.free.length;
      lent += shard.lent;
      if (!shard.address) continue;
      lendable += shard.states.length;
      lendableFree += shard.free.length;
    }
    return { total, free, lent, lendable, lendableFree };
  }

  #change(id: ShardId, block: number, from: number): void {
    const shard = this.#shards.get(id);
    if (shard?.states[block] !== from) throw new Error(`block ${block} of ${id} is freed, but not held`);
    shard.states[block] = FREE;
    if (from === LENT) shard.lent -= 1;
    shard.free.push(block);
  }
}

class Shard {
  readonly states: Uint8Array;
  readonly free: number[];
  readonly address: HomeShard['address'];
  lent = 0;

  constructor(blocks: number, address: HomeShard['address']) {
    this.states = new Uint8Array(blocks);
    // The lowest numbers are used first: the arena commits its memory as it is touched.
    this.free = Array.from({ length: blocks }, (_, at) => blocks - 1 - at);
    this.address = address;
  }
}
