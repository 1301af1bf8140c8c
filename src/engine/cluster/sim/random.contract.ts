/** Repeatable random numbers (mulberry32). */
export class Random {
  readonly #slow: number;
  #state: number;

  /** @param slow share of delays that are much longer than usual */
  constructor(seed: number, slow: number) {
    this.#slow = slow;
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** Mostly short, sometimes long: what networks and busy machines do. */
  delayMs(usualMs: number): number {
    return this.chance(this.#slow) ? usualMs * this.between(5, 60) : usualMs * (0.2 + this.next());
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.between(0, from.length - 1)];
  }
}
