import type { UsageKind } from '../core/usage.ts';
import { fallbackOf } from './fallback.ts';
import type { ProviderPricing } from './providers.ts';
import type { BilledKind, Rate, RateCard } from './rate-card.ts';

/** Everything needed to bill calls of one target in one tier at one time: looked up once, then used for many calls. */
export interface Tariff {
  /** The target, for messages. */
  readonly name: string;
  /** The rate of each kind, or why it has none. */
  rateOf(kind: BilledKind): Rate | string;
  /** True where reasoning has a line of its own, apart from the other output. */
  readonly splitsReasoning: boolean;
  readonly chargesRequests: boolean;
  /** Why a call that used any of the kind has no exact price. */
  readonly blurred: Readonly<Partial<Record<UsageKind, string>>>;
  /** The share taken off the bill, scaled by `ONE`. */
  readonly discount: bigint;
  readonly version: string;
}

export interface TariffParts {
  readonly name: string;
  readonly card: RateCard;
  readonly provider: ProviderPricing;
  /** Why a rate is missing, when there is a better reason than that nobody lists it. */
  readonly missing: string | null;
  readonly blurred: Readonly<Partial<Record<UsageKind, string>>>;
  readonly discount: bigint;
  readonly version: string;
}

export function tariff(parts: TariffParts): Tariff {
  const { name, card, provider, missing, blurred, discount, version } = parts;
  const rates = new Map<BilledKind, Rate | string>();
  const find = (kind: BilledKind): Rate | string => {
    const own = card[kind];
    if (own) return own;
    const other = fallbackOf(kind, card, provider);
    return other ? find(other) : (missing ?? `no rate is known for its ${kind}`);
  };
  return {
    name,
    rateOf: (kind) => {
      const known = rates.get(kind);
      if (known !== undefined) return known;
      const rate = find(kind);
      rates.set(kind, rate);
      return rate;
    },
    splitsReasoning: card.reasoning !== undefined,
    chargesRequests: card.requests !== undefined,
    blurred,
    discount,
    version,
  };
}
