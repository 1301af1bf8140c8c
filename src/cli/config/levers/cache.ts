import { z } from 'zod';
import { type CacheSettings, NO_CACHE } from '../../../core/plan/cache.ts';
import type { LeverContext } from './context.ts';

/** The section `cache`, for all calls or for those of one alias. Every field may be left out. */
export const cacheSection = z.strictObject({ enabled: z.boolean().optional() });

export type CacheEntry = z.output<typeof cacheSection>;

/** The alias's fields win over those for all calls. */
export function buildCache(
  all: CacheEntry | undefined,
  alias: CacheEntry | undefined,
  _context: LeverContext,
): CacheSettings {
  return { enabled: alias?.enabled ?? all?.enabled ?? NO_CACHE.enabled };
}
