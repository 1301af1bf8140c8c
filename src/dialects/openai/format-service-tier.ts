import type { Warnings } from '../wire/warnings.ts';

const TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority']);

/** The tier asked for, unless it is another provider's word. */
export function formatServiceTier(tier: string | undefined, warnings: Warnings): string | undefined {
  if (tier === undefined || TIERS.has(tier)) return tier;
  warnings.add(`service_tier: OpenAI has no tier called ${JSON.stringify(tier)}`);
  return undefined;
}
