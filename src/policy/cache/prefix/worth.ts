import type { CacheMark } from '../../../core/content.ts';
import type { PicoUsd } from '../../../core/money.ts';
import type { PriceBook } from '../../../core/ports.ts';
import { formatTarget, type Target } from '../../../core/target.ts';
import { type Usage, usageOf } from '../../../core/usage.ts';
import type { Reuse } from './history.ts';

/** Prices of a thousand tokens. */
export interface PrefixRates {
  readonly input: PicoUsd;
  readonly read: PicoUsd;
  readonly write: Readonly<Record<CacheMark, PicoUsd>>;
}

const TOKENS = 1000;

/** Null where one of them has no known price. @param at epoch milliseconds */
export function prefixRates(
  prices: PriceBook,
  target: Target,
  providerKind: string,
  at: number,
): PrefixRates | null {
  const priceOf = (usage: Usage): PicoUsd | null => {
    const cost = prices.price({ target, servedModel: null, providerKind, usage, at, serviceTier: null });
    return cost.priced ? cost.total : null;
  };
  const input = priceOf(usageOf({ input: TOKENS }));
  const read = priceOf(usageOf({ cacheRead: TOKENS }));
  const short = priceOf(usageOf({ cacheWrite5m: TOKENS }));
  const long = priceOf(usageOf({ cacheWrite1h: TOKENS }));
  if (input === null || read === null || short === null || long === null) return null;
  return { input, read, write: { '5m': short, '1h': long } };
}

const HOUR_MS = 3_600_000;
const MOST_KNOWN = 1000;

/** The same, remembered for the hour, since a price list takes its time and prices are dated. */
export function rememberedRates(kindOf: (target: Target) => string) {
  const known = new Map<string, PrefixRates | null>();
  let of: { readonly prices: PriceBook; readonly hour: number } | null = null;
  return (prices: PriceBook, target: Target, at: number): PrefixRates | null => {
    const hour = Math.floor(at / HOUR_MS);
    if (of?.prices !== prices || of.hour !== hour || known.size > MOST_KNOWN) known.clear();
    of = { prices, hour };
    const name = formatTarget(target);
    const rates = known.get(name);
    if (rates !== undefined) return rates;
    const found = prefixRates(prices, target, kindOf(target), at);
    known.set(name, found);
    return found;
  };
}

/**
 * For how long a beginning is worth being kept, or null when it is not: the reads that its past shows must save more
 * than its writes cost above plain input.
 * @param minReuses below so many reads nothing is concluded
 */
export function worthMarking(reuse: Reuse, rates: PrefixRates, minReuses: number): CacheMark | null {
  const gains = (['5m', '1h'] as const).map((mark) => {
    const { reads, writes } = reuse[mark];
    const saved = reads * Number(rates.input - rates.read);
    const premium = writes * Number(rates.write[mark] - rates.input);
    return { mark, gain: reads >= minReuses ? saved - premium : 0 };
  });
  const [short, long] = gains;
  if (!short || !long) return null;
  const best = long.gain > short.gain ? long : short;
  return best.gain > 0 ? best.mark : null;
}
