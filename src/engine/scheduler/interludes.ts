import { type BlockRef, type ModelRunner, ShardLostError } from '../ports.ts';
import { blockKey } from './block.ts';
import type { BlockManager } from './block-manager.ts';

/** Work with blocks that no step may overlap. */
export interface Interlude<T> {
  /** False: not yet. */
  due(): boolean;
  run(): Promise<T>;
  /** What comes of it when it meets a shard that is gone. */
  readonly onLoss: { readonly resolve: T } | 'again';
}

interface Entry {
  due(): boolean;
  /** Whether it is over. */
  run(): Promise<boolean>;
  /** It will not be done. */
  drop(error: Error): void;
}

/** What is done between two steps: blocks are copied, read and written. */
export class Interludes {
  readonly #blocks: BlockManager;
  readonly #lost: (error: ShardLostError) => void;
  readonly #queue: Entry[] = [];
  #closed: Error | null = null;

  /** @param lost told of shards that turn out to be gone */
  constructor(blocks: BlockManager, lost: (error: ShardLostError) => void) {
    this.#blocks = blocks;
    this.#lost = lost;
  }

  add<T>(interlude: Interlude<T>): Promise<T> {
    const { onLoss } = interlude;
    return new Promise((resolve, reject) => {
      const drop = (error: Error): void => {
        if (onLoss === 'again') reject(error);
        else resolve(onLoss.resolve);
      };
      if (this.#closed) return drop(this.#closed);
      this.#queue.push({
        due: () => interlude.due(),
        drop,
        run: async () => {
          try {
            resolve(await interlude.run());
          } catch (error) {
            if (!(error instanceof ShardLostError)) {
              reject(error);
              return true;
            }
            this.#lost(error);
            if (onLoss === 'again') return false;
            resolve(onLoss.resolve);
          }
          return true;
        },
      });
    });
  }

  async run(): Promise<void> {
    for (const entry of this.#queue.splice(0)) {
      if (!entry.due()) {
        this.#queue.push(entry);
        continue;
      }
      this.#blocks.hold();
      const over = await entry.run();
      this.#blocks.settle();
      if (!over) this.#queue.push(entry);
    }
  }

  /** What is not done by now, or asked for later, is not done. */
  close(error: Error): void {
    this.#closed = error;
    for (const entry of this.#queue.splice(0)) entry.drop(error);
  }
}

/** Moves of blocks. Who asks for one has `to`, and afterwards whichever of the two is not in use. */
export class Moves {
  readonly #blocks: BlockManager;
  readonly #runner: ModelRunner;
  readonly #interludes: Interludes;
  readonly #targets = new Set<string>();

  constructor(blocks: BlockManager, runner: ModelRunner, interludes: Interludes) {
    this.#blocks = blocks;
    this.#runner = runner;
    this.#interludes = interludes;
  }

  async move(from: BlockRef, to: BlockRef): Promise<boolean> {
    const key = blockKey(to);
    if (this.#targets.has(key) || this.#blocks.at(to))
      throw new Error(`a move to block ${key}, which is in use`);
    this.#targets.add(key);
    try {
      return await this.#interludes.add({
        due: () => true,
        run: () => this.#copy(from, to),
        onLoss: { resolve: false },
      });
    } finally {
      this.#targets.delete(key);
    }
  }

  async #copy(from: BlockRef, to: BlockRef): Promise<boolean> {
    if (!this.#blocks.at(from) || this.#blocks.isDead(to.shard)) return false;
    await this.#runner.copyBlock(from, to);
    return this.#blocks.rebind(from, to);
  }
}
