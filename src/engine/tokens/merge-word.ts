import type { PairTable } from './pair-table.ts';

const SHORT = 40;

/**
 * Byte-pair merging: of all neighbours that have a merge the lowest rank is joined first, the leftmost of equals,
 * until none has one. Short words by looking for the lowest rank each time, long ones with a heap: O(n log n).
 */
export class WordMerger {
  readonly #ranks: PairTable;
  readonly #resultOfRank: Int32Array;
  #next = new Int32Array(256);
  #previous = new Int32Array(256);
  #heap = new Float64Array(256);
  #heapSize = 0;

  constructor(ranks: PairTable, resultOfRank: Int32Array) {
    this.#ranks = ranks;
    this.#resultOfRank = resultOfRank;
  }

  /** Merges the first `count` symbols in place. Returns how many are left. */
  merge(symbols: Int32Array, count: number): number {
    if (count < 2) return count;
    return count <= SHORT ? this.#mergeShort(symbols, count) : this.#mergeLong(symbols, count);
  }

  #mergeShort(symbols: Int32Array, length: number): number {
    let count = length;
    const ranks = this.#next;
    for (let at = 0; at + 1 < count; at++) ranks[at] = this.#rank(symbols, at, at + 1);
    for (;;) {
      let best = -1;
      let lowest = Number.POSITIVE_INFINITY;
      for (let at = 0; at + 1 < count; at++) {
        const rank = ranks[at] ?? -1;
        if (rank >= 0 && rank < lowest) {
          lowest = rank;
          best = at;
        }
      }
      if (best < 0) return count;
      symbols[best] = this.#resultOfRank[lowest] ?? 0;
      symbols.copyWithin(best + 1, best + 2, count);
      ranks.copyWithin(best + 1, best + 2, count);
      count--;
      if (best > 0) ranks[best - 1] = this.#rank(symbols, best - 1, best);
      if (best + 1 < count) ranks[best] = this.#rank(symbols, best, best + 1);
    }
  }

  #mergeLong(symbols: Int32Array, count: number): number {
    this.#reserve(count);
    const next = this.#next;
    const previous = this.#previous;
    for (let at = 0; at < count; at++) {
      next[at] = at + 1 < count ? at + 1 : -1;
      previous[at] = at - 1;
    }
    for (let at = 0; at + 1 < count; at++) this.#offer(symbols, at, at + 1);
    while (this.#heapSize > 0) {
      const key = this.#pop();
      const rank = Math.floor(key / 2 ** 32);
      const left = key - rank * 2 ** 32;
      const right = next[left] ?? -1;
      // An entry is stale once either symbol has been merged; symbols only grow, so the rank tells.
      if (right < 0 || symbols[left] === -1 || this.#rank(symbols, left, right) !== rank) continue;
      symbols[left] = this.#resultOfRank[rank] ?? 0;
      symbols[right] = -1;
      const after = next[right] ?? -1;
      next[left] = after;
      if (after >= 0) {
        previous[after] = left;
        this.#offer(symbols, left, after);
      }
      const before = previous[left] ?? -1;
      if (before >= 0) this.#offer(symbols, before, left);
    }
    let kept = 0;
    for (let at = 0; at >= 0; at = next[at] ?? -1) symbols[kept++] = symbols[at] ?? 0;
    return kept;
  }

  #rank(symbols: Int32Array, left: number, right: number): number {
    const a = symbols[left] ?? -1;
    const b = symbols[right] ?? -1;
    return a < 0 || b < 0 ? -1 : this.#ranks.get(a, b);
  }

  #offer(symbols: Int32Array, left: number, right: number): void {
    const rank = this.#rank(symbols, left, right);
    if (rank < 0) return;
    const heap = this.#heap;
    const key = rank * 2 ** 32 + left;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (above <= key) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = key;
  }

  #pop(): number {
    const heap = this.#heap;
    const top = heap[0] ?? 0;
    const size = --this.#heapSize;
    const key = heap[size] ?? 0;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child++;
      const below = heap[child] ?? 0;
      if (below >= key) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = key;
    return top;
  }

  #reserve(count: number): void {
    if (this.#next.length < count) {
      const size = 2 ** Math.ceil(Math.log2(count));
      this.#next = new Int32Array(size);
      this.#previous = new Int32Array(size);
    }
    // Every pair at the start, and at most two more with each of the count − 1 merges.
    if (this.#heap.length < 3 * count) this.#heap = new Float64Array(4 * this.#next.length);
    this.#heapSize = 0;
  }
}
