import { nearestNames } from '../core/nearest.ts';
import type { PriceBook, PriceQuery } from '../core/ports.ts';
import type { PricedCost } from '../core/price.ts';
import type { PriceSettings } from '../core/settings.ts';
import { formatTarget, type Target } from '../core/target.ts';
import { audioRates } from './audio-prices.ts';
import { bill, unpriced } from './bill.ts';
import { findListed, LIST_VERSION, type ListedModel, listedModels } from './price-list.ts';
import { type CompiledRule, compileRule } from './price-rules.ts';
import { listName, type ProviderPricing, pricingOf } from './providers.ts';
import type { RateCard } from './rate-card.ts';
import { inTier } from './service-tiers.ts';
import { type Tariff, tariff } from './tariff.ts';

/** Dated and time-of-day prices change at multiples of this; a test holds that. */
export const SLOT_MS = 15 * 60_000;
const MOST_TARIFFS = 4_096;
const LONGEST_NAME = 200;

interface Expected {
  readonly slot: number;
  readonly providerKind: string;
  readonly found: Tariff | PricedCost;
}

/**
 * Prices calls by the price list, our additions to it (service tiers, audio) and the configuration, in this order; what
 * the configuration says counts most. A lookup takes about 100 µs and is kept; a call with a kept one about 2 µs.
 *
 * @throws RangeError on a price rule that cannot be used
 */
export function createPriceBook(prices: PriceSettings): PriceBook {
  const rules = prices.rules.map(compileRule);
  const kept = new Map<string, Tariff | PricedCost>();
  /** The last one of a configured target, before anybody answered: comparing targets asks for it again and again. */
  const expected = new WeakMap<Target, Expected>();

  const lookUp = (query: PriceQuery): Tariff | PricedCost => {
    const { target, servedModel, providerKind, serviceTier } = query;
    const slot = Math.floor(query.at / SLOT_MS);
    const key = `${providerKind}\n${target.provider}\n${target.model}\n${servedModel ?? ''}\n${serviceTier ?? ''}\n${slot}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const found = findTariff(query, rules);
    if (key.length > 4 * LONGEST_NAME) return found;
    if (kept.size >= MOST_TARIFFS) for (const oldest of kept.keys()) if (kept.delete(oldest)) break;
    kept.set(key, found);
    return found;
  };

  const find = (query: PriceQuery): Tariff | PricedCost => {
    const { target, providerKind, serviceTier, servedModel } = query;
    if (servedModel !== null || serviceTier !== null) return lookUp(query);
    const slot = Math.floor(query.at / SLOT_MS);
    const known = expected.get(target);
    if (known?.slot === slot && known.providerKind === providerKind) return known.found;
    const found = lookUp(query);
    expected.set(target, { slot, providerKind, found });
    return found;
  };

  return {
    price: (query) => {
      const found = find(query);
      return 'priced' in found ? found : bill(query.usage, found);
    },
  };
}

/** The tariff, or why there is none. */
function findTariff(query: PriceQuery, rules: readonly CompiledRule[]): Tariff | PricedCost {
  const { target, servedModel } = query;
  const name = formatTarget(target);
  if (name.length > LONGEST_NAME || (servedModel?.length ?? 0) > LONGEST_NAME)
    return unpriced(`${name.slice(0, 40)}…`, `models have names of at most ${LONGEST_NAME} characters`);
  if (Number.isNaN(new Date(query.at).getTime())) return unpriced(name, `${query.at} is no time`);
  const provider = pricingOf(query.providerKind);
  const rule = rules.find((candidate) => candidate.matches(target)) ?? null;
  const agreed = rule?.card ?? {};
  const discount = rule?.discount ?? 0n;
  const listed = listedAs(
    provider,
    servedModel === null ? [target.model] : [servedModel, target.model],
    query.at,
  );

  if (!listed || listed.unpriced !== null) {
    if (rule?.card)
      return tariff({
        name,
        card: agreed,
        provider,
        missing: null,
        blurred: {},
        discount,
        version: 'config',
      });
    return listed?.unpriced ? unpriced(name, listed.unpriced) : unlisted(name, target.model, provider);
  }

  const audio = audioRates(listName(provider, servedModel ?? target.model), listed.id);
  const tiered = inTier({ ...audio, ...listed.card }, provider.tiers, query.serviceTier, listed.id, query.at);
  const configured = rule !== null && (rule.card !== null || discount > 0n);
  const marks = [audio && 'audio', tiered.changed && 'tiers', configured && 'config'].filter((mark) => mark);
  return tariff({
    name,
    card: { ...tiered.card, ...agreed },
    provider,
    missing: tiered.unpriced,
    blurred: without(listed.blurred, agreed),
    discount,
    version: [LIST_VERSION, ...marks].join('+'),
  });
}

/** By the model that answered; by the one that was asked for where the list does not know that. */
function listedAs(provider: ProviderPricing, models: readonly string[], at: number): ListedModel | null {
  const { listId } = provider;
  if (listId === null) return null;
  for (const model of models) {
    const listed = findListed(listId, listName(provider, model), at);
    if (listed) return listed;
  }
  return null;
}

/** A kind whose rate was agreed has an exact price again. */
function without(blurred: Tariff['blurred'], agreed: RateCard): Tariff['blurred'] {
  return Object.fromEntries(Object.entries(blurred).filter(([kind]) => !(kind in agreed)));
}

function unlisted(name: string, model: string, provider: ProviderPricing): PricedCost {
  const { listId } = provider;
  if (listId === null)
    return {
      priced: false,
      why: `no price is configured for ${name}; add it to prices.rules, or gpu to its provider`,
    };
  const names = listedModels(listId).map(({ id }) => id);
  const near = nearestNames(model, names).join(', ');
  return unpriced(name, `${LIST_VERSION} does not know the model${near && ` (it knows ${near})`}`);
}
