import type { Call } from '../core/call.ts';
import type { Part } from '../core/part.ts';
import type { PriceBook } from '../core/ports.ts';
import type { ProviderSettings } from '../core/settings.ts';
import type { Target } from '../core/target.ts';
import { reserveStage } from '../policy/admit/index.ts';
import type { LeverServices } from './lever-services.ts';

export interface SharePricing {
  readonly prices: () => PriceBook;
  readonly providers: () => Readonly<Record<string, ProviderSettings>>;
}

/**
 * Has a call's share of a common question counted against its budgets, which count only calls that reserved something:
 * it passes the reservation alone, with next to nothing to reserve. What it took is known when it is settled.
 */
export function countShares(
  admission: LeverServices['admission'],
  { prices, providers }: SharePricing,
): ((call: Call, target: Target) => Promise<void>) | null {
  if (!admission) return null;
  const reserve = reserveStage({
    admission,
    pricing: () => {
      const pricing = {
        prices: prices(),
        providers: providers(),
        windowOf: () => null,
        mostOutputOf: () => null,
      };
      return pricing;
    },
  })(nothingMore);
  return async (call, target) => {
    const prompt = { ...call.prompt(), messages: [], sampling: { maxOutputTokens: 1 } };
    for await (const _ of reserve({ ...call, target, prompt: () => prompt, rewritten: true }));
  };
}

async function* nothingMore(): AsyncGenerator<Part> {}
