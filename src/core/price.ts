import type { PicoUsd } from './money.ts';

/** One line of a call's bill. */
export interface CostPart {
  /** A usage kind, `gpu` or `adjustment`. */
  readonly kind: string;
  /** Billed units: tokens, pieces, or GPU milliseconds. */
  readonly units: number;
  /** Price list entry behind it, as an exact decimal: dollars per million tokens, per thousand pieces, or per GPU hour. */
  readonly rateUsd: string;
  readonly per: 'million-tokens' | 'thousand' | 'hour';
  readonly cost: PicoUsd;
  /** The stage that consumed it besides the answer, and whom it asked (`provider/model`). */
  readonly stage?: string;
  readonly target?: string;
}

/** What a call cost and by which price list; or that no price is known, which is never $0. */
export type PricedCost =
  | {
      readonly priced: true;
      readonly total: PicoUsd;
      readonly parts: readonly CostPart[];
      /** Names the price list, its version and its date: `genai-prices@0.1.8`, `config`, `gpu`. */
      readonly version: string;
    }
  | { readonly priced: false; readonly why: string };

/** What a call costs that consumed nothing. */
export const FREE: PricedCost = { priced: true, total: 0n, parts: [], version: 'none' };
