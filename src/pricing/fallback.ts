import type { ProviderPricing } from './providers.ts';
import type { BilledKind, RateCard } from './rate-card.ts';

/**
 * The kind whose rate stands in where a card has none of its own; null where nothing may, so that the call is unpriced.
 * These are all the rules by which one kind is priced as another:
 *
 * - A provider that lists no cache price gives none off: reads and writes cost as much as other input. But where it
 *   charges for writes and no one-hour price is known, the five-minute price would be too low.
 * - Images in a prompt are counted in tokens and cost as much as text, unless listed.
 * - Audio, and generated images, cost as much as text only at providers that list every rate which differs.
 * - Cached audio of a model with a rate for audio and one for cached text has its own, unknown price.
 * - Reasoning is output, and has its own line only where it has its own rate.
 * - Searches are never free for want of a price.
 */
export function fallbackOf(kind: BilledKind, card: RateCard, provider: ProviderPricing): BilledKind | null {
  return STAND_INS[kind](card, provider);
}

type StandIn = (card: RateCard, provider: ProviderPricing) => BilledKind | null;

const nothing: StandIn = () => null;
const asInput: StandIn = () => 'input';

const STAND_INS: Readonly<Record<BilledKind, StandIn>> = {
  input: nothing,
  cacheRead: asInput,
  cacheWrite5m: asInput,
  cacheWrite1h: (card) => (card.cacheWrite5m ? null : 'input'),
  inputImage: asInput,
  inputAudio: (_, provider) => (provider.audioAsText ? 'input' : null),
  cacheReadAudio: (card, provider) => {
    if (!card.cacheRead) return 'inputAudio';
    return provider.audioAsText && !card.inputAudio ? 'cacheRead' : null;
  },
  output: nothing,
  reasoning: nothing,
  outputAudio: (_, provider) => (provider.audioAsText ? 'output' : null),
  outputImage: (_, provider) => (provider.imagesAsText ? 'output' : null),
  webSearches: nothing,
  fileSearches: nothing,
  requests: nothing,
};
