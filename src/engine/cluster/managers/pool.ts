import type { BlockPool, BlockRef, ShardId } from '../../ports.ts';
import type { Borrower } from './borrower.ts';
import type { HomeBlocks } from './home.ts';

/** The scheduler's view of all blocks that this instance may fill: its own first, then borrowed ones. */
export class ManagedPool implements BlockPool {
  readonly #home: HomeBlocks;
  readonly #borrower: Borrower;
  readonly #offered: () => number;
  readonly #wish: () => void;
  readonly #moreListeners: (() => void)[] = [];
  readonly #lostListeners: ((shard: ShardId) => void)[] = [];
  #wanted = 0;

  /**
   * @param offered what others could still lend
   * @param wish called when blocks are wanted
   */
  constructor(home: HomeBlocks, borrower: Borrower, offered: () => number, wish: () => void) {
    this.#home = home;
    this.#borrower = borrower;
    this.#offered = offered;
    this.#wish = wish;
  }

  /** Free blocks that are wanted at once; 0 when the last wish was granted or forgotten. */
  get wanted(): number {
    return this.#wanted;
  }

  allocate(count: number): readonly BlockRef[] | null {
    if (this.#free() < count) return null;
    const own = this.#home.take(count);
    return own.length < count ? [...own, ...this.#borrower.take(count - own.length)] : own;
  }

  free(blocks: readonly BlockRef[]): void {
    for (const ref of blocks) {
      if (this.#home.has(ref.shard)) this.#home.free(ref);
      else this.#borrower.free(ref);
    }
  }

  size(): { readonly total: number; readonly free: number; readonly reachable: number } {
    const home = this.#home.counts();
    const borrowed = this.#borrower.counts();
    return {
      total: home.total - home.lent + borrowed.usable,
      free: home.free + borrowed.free,
      reachable: home.total + borrowed.all + this.#offered(),
    };
  }

  /** Until `count` blocks are free at once, or for a while; ask again for what is still needed. 0: nothing any more. */
  want(count: number): void {
    this.#wanted = count > this.#free() ? count : 0;
    if (this.#wanted > 0) this.#wish();
  }

  onMore(listener: () => void): void {
    this.#moreListeners.push(listener);
  }

  onLost(listener: (shard: ShardId) => void): void {
    this.#lostListeners.push(listener);
  }

  /** More blocks are free than before. */
  came(): void {
    const free = this.#free();
    if (this.#wanted === 0 || free === 0) return;
    if (free >= this.#wanted) this.#wanted = 0;
    this.#tell();
  }

  /** Nobody renewed the wish. Whoever waits may wish again. */
  forget(): void {
    this.#wanted = 0;
    this.#tell();
  }

  lost(shard: ShardId): void {
    for (const listener of this.#lostListeners) listener(shard);
  }

  #free(): number {
    return this.#home.counts().free + this.#borrower.counts().free;
  }

  #tell(): void {
    for (const listener of this.#moreListeners) listener();
  }
}
