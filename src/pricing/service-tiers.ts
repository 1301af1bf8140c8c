import { picoFromUsd } from '../core/money.ts';
import { GOOGLE_PRIORITY, OPENAI_PRIORITY, type TierPrice, tierPriceAt } from './priority-prices.ts';
import { feesOf, flatRate, type RateCard, scaledTokens } from './rate-card.ts';

/** How a tier changes the list's prices. Fees by the piece are the same in every tier. */
export type Tier =
  | { readonly is: 'list' }
  /** `models`: the only ones that are offered in the tier, by the list's names; a trailing `*` stands for any ending. */
  | { readonly is: 'factor'; readonly factor: bigint; readonly models?: readonly string[] }
  | { readonly is: 'table'; readonly table: readonly TierPrice[] }
  | { readonly is: 'contract' };

/** A provider's words for its tiers, in lower case. */
export type Tiers = ReadonlyMap<string, Tier>;

const LIST: Tier = { is: 'list' };
const HALF = picoFromUsd('0.5');

/** https://developers.openai.com/api/docs/guides/flex-processing: these models, at the rates of batch, which are half. */
const OPENAI_FLEX = ['o3', 'o4-mini', 'gpt-5', 'gpt-5-*', 'gpt-5.*', 'gpt-6-*'];

/** Scale tier is bought by the unit and day: what a token costs stands in the contract. */
export const OPENAI_TIERS: Tiers = tiersOf({
  default: LIST,
  standard: LIST,
  auto: LIST,
  batch: { is: 'factor', factor: HALF },
  flex: { is: 'factor', factor: HALF, models: OPENAI_FLEX },
  priority: { is: 'table', table: OPENAI_PRIORITY },
  fast: { is: 'table', table: OPENAI_PRIORITY },
  scale: { is: 'contract' },
});

/**
 * https://platform.claude.com/docs/en/api/service-tiers: batch is half, caches included; the Priority Tier is capacity
 * committed to by contract, so that the list price would be an invention.
 */
export const ANTHROPIC_TIERS: Tiers = tiersOf({
  standard: LIST,
  default: LIST,
  auto: LIST,
  batch: { is: 'factor', factor: HALF },
  priority: { is: 'contract' },
});

/**
 * https://ai.google.dev/gemini-api/docs/optimization: flex and batch are half. The second words are those of `trafficType`
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse).
 */
export const GOOGLE_TIERS: Tiers = tiersOf({
  standard: LIST,
  default: LIST,
  auto: LIST,
  unspecified: LIST,
  on_demand: LIST,
  batch: { is: 'factor', factor: HALF },
  flex: { is: 'factor', factor: HALF },
  on_demand_flex: { is: 'factor', factor: HALF },
  priority: { is: 'table', table: GOOGLE_PRIORITY },
  on_demand_priority: { is: 'table', table: GOOGLE_PRIORITY },
  provisioned_throughput: { is: 'contract' },
});

export interface TieredCard {
  readonly card: RateCard;
  readonly changed: boolean;
  /** Why the token rates are not known in this tier; null when they are. */
  readonly unpriced: string | null;
}

/** The card as it is in the tier that served the call. A tier whose price is not known leaves only the fees. */
export function inTier(
  card: RateCard,
  tiers: Tiers,
  word: string | null,
  model: string,
  at: number,
): TieredCard {
  if (!word) return { card, changed: false, unpriced: null };
  const tier = tiers.get(word.toLowerCase().replace(/^service_tier_/, ''));
  const unpriced = (why: string): TieredCard => ({ card: feesOf(card), changed: true, unpriced: why });
  if (!tier) return unpriced(`"${word.slice(0, 40)}" is no service tier whose price is known`);
  if (tier.is === 'list') return { card, changed: false, unpriced: null };
  if (tier.is === 'contract')
    return unpriced(`what its service tier "${word}" costs stands in your contract`);
  if (tier.is === 'factor') {
    const offered = !tier.models || tier.models.some((name) => matches(name, model));
    return offered
      ? { card: scaledTokens(card, tier.factor), changed: true, unpriced: null }
      : unpriced(`${model} is not offered in service tier "${word}" as far as is known`);
  }
  const price = tierPriceAt(tier.table, model, at);
  return price
    ? { card: tabled(card, price), changed: true, unpriced: null }
    : unpriced(`no price of ${model} in service tier "${word}" is known`);
}

function tiersOf(byWord: Readonly<Record<string, Tier>>): Tiers {
  return new Map(Object.entries(byWord));
}

function tabled(card: RateCard, price: TierPrice): RateCard {
  if (price.factor !== undefined) return scaledTokens(card, price.factor);
  if (!price.rates) return feesOf(card);
  const { withinContext } = price;
  const steps = withinContext === undefined ? [] : [{ above: withinContext, price: null }];
  return {
    ...feesOf(card),
    input: { ...flatRate(price.rates.input), steps },
    cacheRead: { ...flatRate(price.rates.cacheRead), steps },
    output: { ...flatRate(price.rates.output), steps },
  };
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
