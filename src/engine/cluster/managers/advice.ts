import type { Offer } from './messages.ts';
import { mostFirst, type Peer } from './peers.ts';
import type { Timing } from './timing.ts';

/** What the gManager, elsewhere, says about whom to ask for blocks. */
export class Advice {
  readonly #now: () => number;
  readonly #timing: Timing;
  #last: { readonly offers: readonly Offer[]; readonly atMs: number } | null = null;
  #soughtMs = Number.NEGATIVE_INFINITY;

  constructor(now: () => number, timing: Timing) {
    this.#now = now;
    this.#timing = timing;
  }

  came(offers: readonly Offer[]): void {
    this.#last = { offers, atMs: this.#now() };
  }

  /**
   * @param seek asks the gManager
   * @returns null while its answer is waited for, nobody when it does not come
   */
  offers(reached: boolean, seek: () => void): readonly Offer[] | null {
    const now = this.#now();
    if (this.#last && now - this.#last.atMs < this.#timing.retryMs) return this.#last.offers;
    if (reached && now - this.#soughtMs >= this.#timing.retryMs) {
      this.#soughtMs = now;
      seek();
      return null;
    }
    return now - this.#soughtMs < this.#timing.adviceMs ? null : [];
  }
}

/** Those who said that they have something, or else those who may get it from their own use or from others. */
export function mostLikely(reached: readonly Peer[], lendable: (peer: Peer) => number): readonly Offer[] {
  const offers = mostFirst(reached, ({ summary }) => summary?.offered ?? 0);
  return offers.length > 0 ? offers : mostFirst(reached, lendable);
}
