import { BLOCK_TOKENS, type ModelRunner } from '../ports.ts';
import type { BlockManager } from './block-manager.ts';
import type { Scheduler } from './scheduler.ts';
import { type Outcome, Sequence, type Task } from './sequence.ts';

/** Computes KV and wants no logits. */
class Fill implements Task {
  readonly rows = 'none';
  error: unknown = new Error('the text is no longer held');

  wantedFrom(length: number): number {
    return length;
  }

  take(): Outcome {
    return { token: null, next: 'go' };
  }

  fail(error: unknown): void {
    this.error = error;
  }
}

/** Hands out the KV of texts, block by block, and takes it in: for contexts on disk. */
export class PrefixStore {
  readonly #scheduler: Scheduler;
  readonly #blocks: BlockManager;
  readonly #runner: ModelRunner;
  #imports = 0;

  constructor(scheduler: Scheduler, runner: ModelRunner) {
    this.#scheduler = scheduler;
    this.#blocks = scheduler.blocks;
    this.#runner = runner;
  }

  /** Computes the KV of these whole blocks where it is not there, and gives them one after the other. */
  async *export(
    tokens: readonly number[],
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const fill = new Fill();
    const sequence = this.#scheduler.submit(tokens, fill);
    const abort = () => {
      fill.error = signal?.reason;
      this.#scheduler.end(sequence);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      for (let i = 0; i * BLOCK_TOKENS < tokens.length; i++) yield await this.#read(sequence, fill, i);
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#scheduler.end(sequence);
    }
  }

  /** When it is computed; after a loss, when it is computed again. */
  #read(sequence: Sequence, fill: Fill, index: number): Promise<Uint8Array> {
    return this.#scheduler.between({
      due: () => sequence.state === 'ended' || sequence.blocks[index]?.filled === BLOCK_TOKENS,
      run: async () => {
        const ref = sequence.blocks[index]?.ref;
        if (sequence.state === 'ended' || !ref) throw fill.error;
        return this.#runner.readBlock(ref);
      },
      onLoss: 'again',
    });
  }

  /**
   * Puts the KV of whole blocks where prompts that begin so find it. False when there is no memory, and the blocks are then
   * not read; or when a shard was lost meanwhile.
   */
  async import(tokens: readonly number[], blocks: AsyncIterable<Uint8Array>): Promise<boolean> {
    const holder = new Sequence(-1 - this.#imports++, tokens, new Fill());
    this.#blocks.adopt(holder);
    try {
      if (!this.#blocks.place(holder)) return false;
      let index = 0;
      for await (const bytes of blocks) {
        if (index * BLOCK_TOKENS >= tokens.length) break;
        if (!(await this.#write(holder, index++, bytes))) return false;
      }
      return index * BLOCK_TOKENS >= tokens.length;
    } finally {
      this.#scheduler.release(holder);
    }
  }

  #write(holder: Sequence, index: number, bytes: Uint8Array): Promise<boolean> {
    const block = holder.blocks[index];
    if (!block || block.filled === BLOCK_TOKENS) return Promise.resolve(block !== undefined);
    return this.#scheduler.between({
      due: () => true,
      run: async () => {
        const { ref } = block;
        if (!ref) return false;
        await this.#runner.writeBlock(ref, bytes);
        this.#blocks.written(holder, index, block, ref, BLOCK_TOKENS);
        return block.filled === BLOCK_TOKENS;
      },
      onLoss: { resolve: false },
    });
  }

  /** Tokens at the beginning of this text whose KV is there. */
  cached(tokens: readonly number[]): number {
    const reader = new Sequence(-1 - this.#imports++, tokens, new Fill());
    return this.#blocks.peek(reader).blocks * BLOCK_TOKENS;
  }
}
