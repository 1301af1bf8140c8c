import type { Decision } from './decision.ts';
import type { Target } from './target.ts';

/**
 * What happened to one call on its way, append-only. It belongs to the call and outlives every copy of it that the
 * stages pass on, so that failed and aborted calls are explained too.
 */
export class Trail {
  readonly #startedTicks: number;
  readonly #ticks: () => number;
  readonly #decisions: Decision[] = [];
  #attempts = 0;
  #lastTarget: Target | null = null;

  /** @param ticks monotonic milliseconds; decisions are stamped relative to now. */
  constructor(ticks: () => number) {
    this.#ticks = ticks;
    this.#startedTicks = ticks();
  }

  decide(decision: Omit<Decision, 'atMs'>): void {
    const atMs = Math.round((this.#ticks() - this.#startedTicks) * 1000) / 1000;
    this.#decisions.push({ ...decision, atMs });
  }

  /** Notes that a request is being sent to this target. */
  attempt(target: Target): void {
    this.#attempts += 1;
    this.#lastTarget = target;
  }

  get decisions(): readonly Decision[] {
    return this.#decisions;
  }

  get attempts(): number {
    return this.#attempts;
  }

  get lastTarget(): Target | null {
    return this.#lastTarget;
  }
}
