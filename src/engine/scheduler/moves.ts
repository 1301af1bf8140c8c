import { type BlockRef, type ModelRunner, ShardLostError } from '../ports.ts';
import { blockKey } from './block.ts';
import type { BlockManager } from './block-manager.ts';

/** `gone`: nobody uses `from` any more. `lost`: one of the two shards died. In both cases nothing moved. */
export type MoveOutcome = 'moved' | 'gone' | 'lost';

interface Move {
  readonly from: BlockRef;
  readonly to: BlockRef;
  resolve(outcome: MoveOutcome): void;
  reject(error: unknown): void;
}

/** Moves that were asked for and are done between steps. Each has the block `to` until it is used or freed. */
export class MoveQueue {
  readonly #blocks: BlockManager;
  readonly #runner: ModelRunner;
  readonly #free: (refs: readonly BlockRef[]) => void;
  #queue: Move[] = [];
  readonly #targets = new Set<string>();

  constructor(blocks: BlockManager, runner: ModelRunner, free: (refs: readonly BlockRef[]) => void) {
    this.#blocks = blocks;
    this.#runner = runner;
    this.#free = free;
  }

  add(from: BlockRef, to: BlockRef): Promise<MoveOutcome> {
    const key = blockKey(to);
    if (this.#targets.has(key) || this.#blocks.at(to)) {
      return Promise.reject(new Error(`a move to block ${key}, which is in use`));
    }
    this.#targets.add(key);
    return new Promise((resolve, reject) => {
      this.#queue.push({ from, to, resolve, reject });
    });
  }

  /** @param lost what to do about a shard that turns out to be gone */
  async run(lost: (error: ShardLostError) => void): Promise<void> {
    while (this.#queue.length > 0) {
      const moves = this.#queue;
      this.#queue = [];
      for (const move of moves) {
        this.#blocks.hold();
        try {
          move.resolve(await this.#move(move, lost));
        } catch (error) {
          move.reject(error);
        } finally {
          this.#targets.delete(blockKey(move.to));
          this.#blocks.settle();
        }
      }
    }
  }

  async #move({ from, to }: Move, lost: (error: ShardLostError) => void): Promise<MoveOutcome> {
    let moved = false;
    try {
      if (this.#blocks.at(from) && !this.#blocks.isDead(to.shard)) {
        await this.#runner.copyBlock(from, to);
        moved = this.#blocks.rebind(from, to);
      }
    } catch (error) {
      if (!(error instanceof ShardLostError)) throw error;
      lost(error);
    } finally {
      if (!moved && !this.#blocks.isDead(to.shard)) this.#free([to]);
    }
    if (moved) return 'moved';
    return this.#blocks.isDead(from.shard) || this.#blocks.isDead(to.shard) ? 'lost' : 'gone';
  }

  /** Of an engine that closes. */
  clear(): void {
    for (const { to, resolve } of this.#queue.splice(0)) {
      this.#targets.delete(blockKey(to));
      if (!this.#blocks.isDead(to.shard)) this.#free([to]);
      resolve('gone');
    }
  }
}
