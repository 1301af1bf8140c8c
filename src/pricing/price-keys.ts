import type { ModelPrice } from '@pydantic/genai-prices';
import { picoFromUsd } from '../core/money.ts';
import type { UsageKind } from '../core/usage.ts';
import { type BilledKind, flatRate, priceOf, type Rate, type RateCard } from './rate-card.ts';

/** What we make of one price key of genai-prices. */
type Meaning =
  /** It prices that kind. */
  | { readonly prices: BilledKind }
  /** It prices a part of that kind which our usage does not tell apart: a call that has any of the kind has no exact price. */
  | { readonly blurs: UsageKind }
  /** It prices a unit that we do not meter: no call of the model has a price. */
  | { readonly unmetered: true }
  /** It prices what our calls cannot contain, or what we count as its parent on purpose. */
  | { readonly ignored: string };

/** Every key that occurs in the price data; a test holds this complete. */
export const PRICE_KEYS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>(
  Object.entries({
    input_mtok: { prices: 'input' },
    cache_read_mtok: { prices: 'cacheRead' },
    cache_write_mtok: { prices: 'cacheWrite5m' },
    cache_write_1h_mtok: { prices: 'cacheWrite1h' },
    output_mtok: { prices: 'output' },
    output_reasoning_mtok: { prices: 'reasoning' },
    input_audio_mtok: { prices: 'inputAudio' },
    cache_audio_read_mtok: { prices: 'cacheReadAudio' },
    output_audio_mtok: { prices: 'outputAudio' },
    input_image_mtok: { prices: 'inputImage' },
    output_image_mtok: { prices: 'outputImage' },
    requests_kcount: { prices: 'requests' },
    web_searches_kcount: { prices: 'webSearches' },
    storage_searches_kcount: { prices: 'fileSearches' },
    cache_image_read_mtok: { blurs: 'cacheRead' },
    output_video_mtok: { blurs: 'output' },
    output_citation_mtok: { blurs: 'output' },
    input_video_mtok: { ignored: 'only an embedding and a live model have it; their video counts as text' },
    audio_hours: { unmetered: true },
    input_audio_hours: { unmetered: true },
    input_document_kpages: { unmetered: true },
    input_annotated_document_kpages: { unmetered: true },
    input_text_messages_kcount: { unmetered: true },
  }),
);

/** The token kinds of a model that is listed without any price: the list says so of models that are free of charge. */
const FREE_CARD: RateCard = { input: flatRate('0'), output: flatRate('0') };

export interface ListedPrices {
  readonly card: RateCard;
  /** Why a call that used any of the kind has no exact price. */
  readonly blurred: Readonly<Partial<Record<UsageKind, string>>>;
  /** Why no call of the model has a price; null when it has one. */
  readonly unpriced: string | null;
}

/** Reads a model's prices: dollars as decimals, `{ base, tiers }` for prompts over a length. */
export function readPrices(prices: ModelPrice): ListedPrices {
  const card: Partial<Record<BilledKind, Rate>> = {};
  const blurred: Partial<Record<UsageKind, string>> = {};
  let unpriced: string | null = null;
  const known = Object.entries(prices).filter((entry) => entry[1] !== undefined);
  for (const [key, price] of known) {
    if (price === undefined) continue;
    const meaning = PRICE_KEYS.get(key);
    if (!meaning || 'unmetered' in meaning) unpriced = `it is billed by ${key}, which is not metered`;
    else if ('prices' in meaning) card[meaning.prices] = rateOf(price);
    else if ('blurs' in meaning)
      blurred[meaning.blurs] = `a part of ${meaning.blurs} is billed by ${key}, which is not metered`;
  }
  return { card: known.length === 0 ? FREE_CARD : card, blurred, unpriced };
}

function rateOf(price: NonNullable<ModelPrice[string]>): Rate {
  if (typeof price === 'number') return flatRate(price);
  return {
    base: priceOf(picoFromUsd(price.base)),
    steps: price.tiers
      .map((tier) => ({ above: tier.start, price: priceOf(picoFromUsd(tier.price)) }))
      .sort((a, b) => a.above - b.above),
  };
}
