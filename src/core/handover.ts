import { isOpening, type Part } from './part.ts';

/** What a beginning reads from, kept where closing can reach it. */
export interface Reading {
  /** The iterator being read; after the beginning, the one with the rest of the answer. */
  from: AsyncIterator<Part> | null;
  /** True once nobody wants the answer any more: begin nothing new. */
  readonly closed: boolean;
}

type Begin = (reading: Reading) => Promise<readonly Part[]>;

const DONE: IteratorResult<Part> = { done: true, value: undefined };

/**
 * An answer whose beginning takes work (choosing, retrying) and whose rest comes from one iterator. Once begun, `next`
 * is that iterator's own `next`: a stage made this way costs nothing a part.
 *
 * @param begin called at the first `next`; gives the parts read so far and leaves the iterator of the rest in `reading.from`
 */
export function handover(begin: Begin): AsyncIterable<Part> {
  return new Handover(begin);
}

class Handover implements AsyncIterableIterator<Part>, Reading {
  readonly #begin: Begin;
  #beginning: Promise<readonly Part[]> | null = null;
  #held: readonly Part[] | null = null;
  #taken = 0;
  from: AsyncIterator<Part> | null = null;
  closed = false;

  constructor(begin: Begin) {
    this.#begin = begin;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Part>> {
    return this.#held ? this.#nextOf(this.#held) : this.#open();
  }

  async return(): Promise<IteratorResult<Part>> {
    this.closed = true;
    await this.from?.return?.();
    return DONE;
  }

  async #open(): Promise<IteratorResult<Part>> {
    this.#beginning ??= this.#begin(this);
    this.#held = await this.#beginning;
    // Closed while it began: what it left open is closed as well.
    if (this.closed) await this.from?.return?.();
    return this.#nextOf(this.#held);
  }

  #nextOf(held: readonly Part[]): Promise<IteratorResult<Part>> {
    if (this.closed) return Promise.resolve(DONE);
    const value = held[this.#taken];
    if (value) {
      this.#taken += 1;
      return Promise.resolve({ done: false, value });
    }
    return this.from ? this.from.next() : Promise.resolve(DONE);
  }
}

/** Reads up to the first part that a client could not be shown twice, and gives all parts read. */
export async function readOpening(parts: AsyncIterator<Part>): Promise<readonly Part[]> {
  const read: Part[] = [];
  for (;;) {
    const { done, value } = await parts.next();
    if (done) return read;
    read.push(value);
    if (!isOpening(value)) return read;
  }
}
