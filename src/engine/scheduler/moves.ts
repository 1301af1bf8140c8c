import { type BlockRef, type ModelRunner, ShardLostError } from '../ports.ts';
import { blockKey } from './block.ts';
import type { BlockManager } from './block-manager.ts';

interface Move {
  readonly from: BlockRef;
  readonly to: BlockRef;
  resolve(moved: boolean): void;
  reject(error: unknown): void;
}

/** Moves of blocks that were asked for and are done between steps. Who asks has `to`, and afterwards the one not in use. */
export class MoveQueue {
  readonly #blocks: BlockManager;
  readonly #runner: ModelRunner;
  #queue: Move[] = [];
  readonly #targets = new Set<string>();

  constructor(blocks: BlockManager, runner: ModelRunner) {
    this.#blocks = blocks;
    this.#runner = runner;
  }

  add(from: BlockRef, to: BlockRef): Promise<boolean> {
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
      for (const move of this.#queue.splice(0)) {
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

  async #move({ from, to }: Move, lost: (error: ShardLostError) => void): Promise<boolean> {
    if (!this.#blocks.at(from) || this.#blocks.isDead(to.shard)) return false;
    try {
      await this.#runner.copyBlock(from, to);
      return this.#blocks.rebind(from, to);
    } catch (error) {
      if (!(error instanceof ShardLostError)) throw error;
      lost(error);
      return false;
    }
  }

  /** Of an engine that closes. */
  clear(): void {
    for (const move of this.#queue.splice(0)) {
      this.#targets.delete(blockKey(move.to));
      move.resolve(false);
    }
  }
}
