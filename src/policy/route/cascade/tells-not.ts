import type { Clock } from '../../../core/ports.ts';

/** Providers learn: after this time a target is asked again. */
const FORGET_MS = 3_600_000;
const MOST_TARGETS = 1_000;

/** Targets that refused a request for the likelihood of tokens, so that they are asked without it. */
export class TellsNot {
  readonly #clock: Pick<Clock, 'now'>;
  /** Epoch milliseconds until which it is remembered, by `provider/model`. */
  readonly #until = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  has(target: string): boolean {
    return (this.#until.get(target) ?? 0) > this.#clock.now();
  }

  add(target: string): void {
    this.#until.delete(target);
    this.#until.set(target, this.#clock.now() + FORGET_MS);
    const [oldest] = this.#until.keys();
    if (this.#until.size > MOST_TARGETS && oldest !== undefined) this.#until.delete(oldest);
  }
}
