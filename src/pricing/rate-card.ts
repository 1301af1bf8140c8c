import { divideRounded, type PicoUsd, picoFromUsd, usdFromPico } from '../core/money.ts';
import type { UsageKind } from '../core/usage.ts';

/** What a bill has lines for: the usage kinds, and the fee of a request as such. */
export type BilledKind = UsageKind | 'requests';

/** Picodollars for a million tokens, or for a thousand pieces; and the same as a decimal, which bills show. */
export interface Price {
  readonly pico: PicoUsd;
  readonly usd: string;
}

/**
 * A call whose prompt has more tokens than `above` pays the step's price for all of its units, not only for those beyond
 * it; null where the service ends there.
 */
export interface Rate {
  readonly base: Price;
  readonly steps: readonly { readonly above: number; readonly price: Price | null }[];
}

/** A price list's entry for one model. What it does not price is missing. */
export type RateCard = Readonly<Partial<Record<BilledKind, Rate>>>;

const PIECES: ReadonlySet<BilledKind> = new Set<BilledKind>(['webSearches', 'fileSearches', 'requests']);

export function perOf(kind: BilledKind): 'million-tokens' | 'thousand' {
  return PIECES.has(kind) ? 'thousand' : 'million-tokens';
}

export function priceOf(pico: PicoUsd): Price {
  return { pico, usd: usdFromPico(pico) };
}

export function flatRate(usd: string | number): Rate {
  return { base: priceOf(picoFromUsd(usd)), steps: [] };
}

/** The price for a call with that many prompt tokens. */
export function priceFor(rate: Rate, promptTokens: number): Price | null {
  let chosen: Price | null = rate.base;
  for (const step of rate.steps) if (promptTokens > step.above) chosen = step.price;
  return chosen;
}

/** One as a factor: factors are decimals scaled like money, so that products stay exact. */
export const ONE = picoFromUsd('1');

/** `amount × factor`, where a factor of `ONE` changes nothing. */
export function times(amount: PicoUsd, factor: bigint): PicoUsd {
  return divideRounded(amount * factor, ONE);
}

/** The card with its token rates multiplied; fees by the piece stay. */
export function scaledTokens(card: RateCard, factor: bigint): RateCard {
  const scaled = ({ pico }: Price): Price => priceOf(times(pico, factor));
  return mapRates(card, (kind, { base, steps }) => {
    if (perOf(kind) === 'thousand') return { base, steps };
    return {
      base: scaled(base),
      steps: steps.map(({ above, price }) => ({ above, price: price && scaled(price) })),
    };
  });
}

/** The card's fees by the piece alone. */
export function feesOf(card: RateCard): RateCard {
  return mapRates(card, (kind, rate) => (perOf(kind) === 'thousand' ? rate : undefined));
}

function mapRates(card: RateCard, map: (kind: BilledKind, rate: Rate) => Rate | undefined): RateCard {
  const mapped: Partial<Record<BilledKind, Rate>> = {};
  for (const [kind, rate] of Object.entries(card) as [BilledKind, Rate][]) {
    const changed = map(kind, rate);
    if (changed) mapped[kind] = changed;
  }
  return mapped;
}
