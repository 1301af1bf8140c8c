import type { ShardAddress, ShardId } from '../../ports.ts';
import type { InstanceId, LeasedBlocks } from './messages.ts';

/** Blocks of one shard of a lender, held by this instance. */
export class HeldShard {
  readonly lender: InstanceId;
  readonly address: ShardAddress;
  /** Blocks may be filled only once the data plane is connected. */
  attached = false;
  readonly #leases = new Map<number, number>();
  readonly #used = new Set<number>();
  /** Not in use, those idle for longest first. */
  readonly #idle: { readonly block: number; readonly sinceMs: number }[] = [];

  constructor(lender: InstanceId, address: ShardAddress) {
    this.lender = lender;
    this.address = address;
  }

  get id(): ShardId {
    return this.address.id;
  }

  get size(): number {
    return this.#leases.size;
  }

  get idle(): number {
    return this.#idle.length;
  }

  add(lease: number, blocks: readonly number[], nowMs: number): void {
    for (const block of blocks) {
      this.#leases.set(block, lease);
      this.#idle.push({ block, sinceMs: nowMs });
    }
  }

  /** Up to `count` idle blocks, those used last first. */
  take(count: number): number[] {
    const taken = this.#idle.splice(Math.max(0, this.#idle.length - count)).map(({ block }) => block);
    for (const block of taken) this.#used.add(block);
    return taken.reverse();
  }

  /** @throws when it was not in use */
  free(block: number, nowMs: number): void {
    if (!this.#used.delete(block)) throw new Error(`block ${block} of ${this.id} is freed, but not held`);
    this.#idle.push({ block, sinceMs: nowMs });
  }

  /** Gives up to `count` idle blocks back that are idle since `beforeMs` or earlier. */
  giveBack(count: number, beforeMs = Number.POSITIVE_INFINITY): LeasedBlocks[] {
    let given = 0;
    while (
      given < Math.min(count, this.#idle.length) &&
      (this.#idle[given]?.sinceMs ?? Number.POSITIVE_INFINITY) <= beforeMs
    )
      given += 1;
    const blocks = this.#idle.splice(0, given).map(({ block }) => block);
    const leases = this.#byLease(blocks);
    for (const block of blocks) this.#leases.delete(block);
    return leases;
  }

  held(): LeasedBlocks[] {
    return this.#byLease(this.#leases.keys());
  }

  #byLease(blocks: Iterable<number>): LeasedBlocks[] {
    const byLease = new Map<number, number[]>();
    for (const block of blocks) {
      const lease = this.#leases.get(block) ?? 0;
      const list = byLease.get(lease);
      if (list) list.push(block);
      else byLease.set(lease, [block]);
    }
    return [...byLease].map(([lease, list]) => ({ lease, blocks: list }));
  }
}
