interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Simulated time: things happen when they are due, those due together in the order in which they were planned. */
export class Timeline {
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #order = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): void {
    this.#order += 1;
    this.#push({ atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, run });
  }

  /** @param each called after every event */
  runUntil(endMs: number, each: () => void): void {
    for (;;) {
      const first = this.#heap[0];
      if (!first || first.atMs > endMs) break;
      this.#pop();
      this.#nowMs = first.atMs;
      first.run();
      each();
    }
    this.#nowMs = endMs;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (!parent || isBefore(parent, event)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      const [left, right] = [heap[down], heap[down + 1]];
      if (!left) break;
      if (right && isBefore(right, left)) down += 1;
      const child = heap[down];
      if (!child || isBefore(last, child)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
}
