import { createHash } from 'node:crypto';

/** Who may touch what, as the rManager says. */
export interface Leases {
  mayUse(instance: string, block: number): boolean;
  /** Changes whenever an answer of `mayUse` may have. */
  readonly version: number;
}

const WORDS = 2;

/**
 * Leases in memory that threads share, so that one is in force as soon as `lease` returns: the borrower's first frame may
 * reach the shard's thread before any message from the main thread would. A block's entry is 64 bits of its holder's
 * SHA-256, or zero; after them all is the version.
 */
export class LeaseTable implements Leases {
  readonly buffer: SharedArrayBuffer;
  readonly #holders: Int32Array;
  readonly #marks = new Map<string, readonly [number, number]>();

  /** @param from the number of blocks, or another thread's table */
  constructor(from: number | SharedArrayBuffer) {
    this.buffer = typeof from === 'number' ? new SharedArrayBuffer(4 * (WORDS * from + 1)) : from;
    this.#holders = new Int32Array(this.buffer);
  }

  get blocks(): number {
    return (this.#holders.length - 1) / WORDS;
  }

  get version(): number {
    return Atomics.load(this.#holders, this.#holders.length - 1);
  }

  lease(blocks: Iterable<number>, instance: string): void {
    const mark = this.#mark(instance);
    for (const block of blocks) this.#set(block, mark);
    this.#changed();
  }

  unlease(blocks: Iterable<number>): void {
    for (const block of blocks) this.#set(block, [0, 0]);
    this.#changed();
  }

  mayUse(instance: string, block: number): boolean {
    const [low, high] = this.#mark(instance);
    const at = WORDS * block;
    return this.#holders[at] === low && this.#holders[at + 1] === high;
  }

  #changed(): void {
    Atomics.add(this.#holders, this.#holders.length - 1, 1);
  }

  #set(block: number, [low, high]: readonly [number, number]): void {
    if (!Number.isInteger(block) || block < 0 || block >= this.blocks)
      throw new RangeError(`no block ${block}`);
    Atomics.store(this.#holders, WORDS * block, low);
    Atomics.store(this.#holders, WORDS * block + 1, high);
  }

  #mark(instance: string): readonly [number, number] {
    const known = this.#marks.get(instance);
    if (known) return known;
    const digest = createHash('sha256').update(instance).digest();
    // Never zero, which is nobody.
    const mark = [digest.readInt32LE(0) | 1, digest.readInt32LE(4)] as const;
    this.#marks.set(instance, mark);
    return mark;
  }
}
