const WINDOW_S = 10;

/** How many a second, over the last ten seconds. */
export class Rate {
  readonly #ticks: () => number;
  readonly #startedMs: number;
  /** By second, of which the last WINDOW_S count. */
  readonly #seconds = new Map<number, number>();

  /** @param ticks a clock that never goes back, in milliseconds */
  constructor(ticks: () => number) {
    this.#ticks = ticks;
    this.#startedMs = ticks();
  }

  add(count: number): void {
    const second = Math.floor(this.#ticks() / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + count);
    for (const old of this.#seconds.keys()) if (old < second - WINDOW_S) this.#seconds.delete(old);
  }

  perSecond(): number {
    const nowMs = this.#ticks();
    const oldest = Math.floor(nowMs / 1000) - WINDOW_S;
    let count = 0;
    for (const [second, n] of this.#seconds) if (second > oldest) count += n;
    const spanS = Math.min(WINDOW_S, Math.max(1, (nowMs - this.#startedMs) / 1000));
    return count / spanS;
  }
}
