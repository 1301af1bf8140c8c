import type { BlockRef, ShardId } from '../../ports.ts';
import type { Borrower } from './borrower.ts';
import type { HomeBlocks } from './home.ts';
import type { InstanceId } from './messages.ts';

/** The scheduler's side of moving blocks between shards. */
export interface MoveSteps {
  /** Up to `count` blocks in use that had better be elsewhere, of the longest requests first; only those in `shards`. */
  pick(count: number, shards: (shard: ShardId) => boolean): readonly BlockRef[];
  /** Calls back with whether `to` is now where `from` was; if not, `from` was freed or a shard was lost meanwhile. */
  move(from: BlockRef, to: BlockRef, done: (moved: boolean) => void): void;
  /** Frees up to `count` blocks of those shards that are kept only in case they are of use again. */
  evict(count: number, shards: (shard: ShardId) => boolean): void;
}

/** Moves blocks one after the other: to a creditor as planned, or back from a lender that wants its blocks. */
export class Moves {
  readonly #mover: MoveSteps | null;
  readonly #home: HomeBlocks;
  readonly #borrower: Borrower;
  readonly #freed: () => void;
  readonly #outward = new Map<InstanceId, number>();
  #moving = false;
  #lacking = 0;
  #done = 0;
  #failed = 0;

  constructor(mover: MoveSteps | null, home: HomeBlocks, borrower: Borrower, freed: () => void) {
    this.#mover = mover;
    this.#home = home;
    this.#borrower = borrower;
    this.#freed = freed;
  }

  get done(): number {
    return this.#done;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Blocks that must leave lenders which are about to end, while there is no room for them. */
  get lacking(): number {
    return this.#lacking;
  }

  /** So many of this instance's own blocks in use go to blocks that were borrowed for that. */
  outward(lender: InstanceId, blocks: number): void {
    if (this.#mover) this.#outward.set(lender, blocks);
  }

  evict(count: number, shards: (shard: ShardId) => boolean): void {
    this.#mover?.evict(count, shards);
  }

  /** What a lender wants back goes at once where nobody uses it. */
  giveWay(): void {
    for (const [lender, blocks] of this.#borrower.recalls())
      this.#mover?.evict(blocks, (shard) => this.#borrower.lenderOf(shard) === lender);
  }

  /** Starts the next move, if there is one to do. */
  step(): void {
    if (!this.#mover || this.#moving) return;
    const next = this.#nextOutward(this.#mover) ?? this.#nextBack(this.#mover);
    if (!next) return;
    const [from, to] = next;
    this.#moving = true;
    this.#mover.move(from, to, (moved) => {
      this.#moving = false;
      if (moved) this.#done += 1;
      else this.#failed += 1;
      const left = moved ? from : to;
      if (this.#home.has(left.shard)) this.#home.free(left);
      else this.#borrower.free(left);
      this.#freed();
    });
  }

  #nextOutward(mover: MoveSteps): readonly [BlockRef, BlockRef] | null {
    for (const [lender, left] of this.#outward) {
      const [from] = mover.pick(1, (shard) => this.#home.has(shard));
      const [to] = from ? this.#borrower.take(1, { only: lender }) : [];
      if (from && to) {
        if (left > 1) this.#outward.set(lender, left - 1);
        else this.#outward.delete(lender);
        return [from, to];
      }
      if (!from || !this.#borrower.borrowed().has(lender)) this.#outward.delete(lender);
    }
    return null;
  }

  #nextBack(mover: MoveSteps): readonly [BlockRef, BlockRef] | null {
    this.#lacking = 0;
    for (const [lender, blocks] of this.#borrower.recalls()) {
      const [from] = mover.pick(1, (shard) => this.#borrower.lenderOf(shard) === lender);
      if (!from) continue;
      const isNoPlace = (other: InstanceId): boolean => other === lender || this.#borrower.isLeaving(other);
      const take = (): BlockRef | undefined =>
        this.#home.take(1)[0] ?? this.#borrower.take(1, { except: isNoPlace })[0];
      let to = take();
      if (!to) {
        mover.evict(1, (shard) => {
          const other = this.#borrower.lenderOf(shard);
          return other === null || !isNoPlace(other);
        });
        to = take();
      }
      if (to) return [from, to];
      if (this.#borrower.isLeaving(lender)) this.#lacking += blocks;
    }
    return null;
  }
}
