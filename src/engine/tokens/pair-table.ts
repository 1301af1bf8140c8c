const EMPTY = -1;

/** A map from pairs of whole numbers below 2^31 to one more: open addressing, no objects to collect. */
export class PairTable {
  readonly #mask: number;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #value: Int32Array;

  /** @param most how many pairs it can hold */
  constructor(most: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(most, 4) * 2));
    this.#mask = size - 1;
    this.#left = new Int32Array(size).fill(EMPTY);
    this.#right = new Int32Array(size);
    this.#value = new Int32Array(size);
  }

  set(left: number, right: number, value: number): void {
    const slot = this.#slot(left, right);
    this.#left[slot] = left;
    this.#right[slot] = right;
    this.#value[slot] = value;
  }

  /** -1 when the pair is not there. */
  get(left: number, right: number): number {
    const slot = this.#slot(left, right);
    return this.#left[slot] === EMPTY ? -1 : (this.#value[slot] ?? -1);
  }

  #slot(left: number, right: number): number {
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = Math.imul(hash, 0x2c1b3c6d) & this.#mask;
    while (this.#left[slot] !== EMPTY && (this.#left[slot] !== left || this.#right[slot] !== right))
      slot = (slot + 1) & this.#mask;
    return slot;
  }
}
