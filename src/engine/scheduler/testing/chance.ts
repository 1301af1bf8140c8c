import { prefixHash } from './fake-runner.ts';

/** Random decisions that a seed determines. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = prefixHash(seed, 77);
  }

  /** 0 to below `n`. */
  below(n: number): number {
    this.#state = prefixHash(this.#state, 1);
    return this.#state % n;
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** Once in `n`. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(from: readonly T[]): T | null {
    return from.length > 0 ? (from[this.below(from.length)] ?? null) : null;
  }
}
