import type { Pending } from '../../../ports.ts';

/** An answer that is under way. A failure that nobody asks about troubles nobody. */
export class Reply<T> implements Pending<T> {
  /** The frame type and the prefix that the answer has. */
  readonly type: number;
  readonly first: number;
  readonly second: number;
  readonly #read: (payload: Buffer) => T;
  readonly #awaited: () => void;
  #value: { readonly it: T } | null = null;
  #error: Error | null = null;
  #resolve: ((value: T) => void) | null = null;
  #reject: ((error: Error) => void) | null = null;

  constructor(
    type: number,
    first: number,
    second: number,
    read: (payload: Buffer) => T,
    awaited: () => void,
  ) {
    this.type = type;
    this.first = first;
    this.second = second;
    this.#read = read;
    this.#awaited = awaited;
  }

  ready(): T | Promise<T> {
    if (this.#value) return this.#value.it;
    const promise = new Promise<T>((resolve, reject) => {
      if (this.#error) reject(this.#error);
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits still sees it; a caller that gave up in between must not end the process.
    promise.catch(() => undefined);
    if (!this.#error) this.#awaited();
    return promise;
  }

  /** @throws WireError when the payload is not what was asked for */
  arrive(payload: Buffer): void {
    if (this.#error) return;
    const it = this.#read(payload);
    this.#value = { it };
    this.#resolve?.(it);
  }

  fail(error: Error): void {
    if (this.#value || this.#error) return;
    this.#error = error;
    this.#reject?.(error);
  }
}
