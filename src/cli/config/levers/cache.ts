import { z } from 'zod';
import { CACHE_SCOPES, type CacheSettings, NO_CACHE } from '../../../core/plan/cache.ts';
import { decimal, duration, size } from '../amounts.ts';
import type { LeverContext } from './context.ts';
import { buildSemantic, semanticSection } from './semantic-cache.ts';

const exactSection = z
  .strictObject({
    enabled: z.boolean().optional().describe('Off by default.'),
    ttl: duration
      .refine((ms) => ms > 0, 'must be more than 0; "enabled: false" switches the cache off')
      .optional()
      .describe('How long an answer may be given again. 1h by default.'),
    maxEntry: size.optional().describe('Larger answers are not kept. 4MiB by default.'),
    nondeterministic: z
      .boolean()
      .optional()
      .describe(
        'true: also for calls with a temperature above 0 or none, whose answers differ each time. Off by default.',
      ),
    scope: z
      .enum(CACHE_SCOPES)
      .optional()
      .describe(
        'Whose answers a call may get. team by default: the key’s team, else the key, else the client’s own credential.',
      ),
    wider: z
      .boolean()
      .optional()
      .describe('true: the header x-illm-cache-scope may ask for a wider scope, too. Off by default.'),
  })
  .describe('Answers kept for calls that ask exactly the same. They are kept in memory, or in Redis.');

const prefixSection = z
  .strictObject({
    enabled: z.boolean().optional().describe('Off by default.'),
    minReuses: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Marks nothing before so many reuses of the same beginning were seen. 2 by default.'),
  })
  .describe('Uses the providers’ own caches of prompt beginnings where that pays.');

/** The section `cache`, for all calls or for those of one alias. Every field may be left out. */
export const cacheSection = z
  .strictObject({
    maxBytes: size
      .optional()
      .describe('Room for all stored answers together, read at the start. 256MiB by default.'),
    machineHourlyUsd: decimal
      .optional()
      .describe('What the machine that looks up and stores costs an hour, for the statistics.'),
    exact: exactSection.optional(),
    semantic: semanticSection.optional(),
    prefix: prefixSection.optional(),
  })
  .describe('Answers that are not bought twice.');

export type CacheEntry = z.output<typeof cacheSection>;

/** The alias's fields win over those for all calls. */
export function buildCache(
  all: CacheEntry | undefined,
  alias: CacheEntry | undefined,
  context: LeverContext,
): CacheSettings {
  const { path, findings } = context;
  // One store serves all calls.
  if (path.length > 0 && alias?.maxBytes !== undefined)
    findings.error(
      [...path, 'cache', 'maxBytes'],
      'is for all calls together',
      'Move it to the section "cache" at the top of the file.',
    );
  const exact = { ...all?.exact, ...alias?.exact };
  const prefix = { ...all?.prefix, ...alias?.prefix };
  const usual = NO_CACHE;
  return {
    maxBytes: all?.maxBytes ?? usual.maxBytes,
    machineHourlyUsd: alias?.machineHourlyUsd ?? all?.machineHourlyUsd ?? usual.machineHourlyUsd,
    exact: {
      enabled: exact.enabled ?? usual.exact.enabled,
      ttlMs: exact.ttl ?? usual.exact.ttlMs,
      maxEntryBytes: exact.maxEntry ?? usual.exact.maxEntryBytes,
      nondeterministic: exact.nondeterministic ?? usual.exact.nondeterministic,
      scope: exact.scope ?? usual.exact.scope,
      wider: exact.wider ?? usual.exact.wider,
    },
    semantic: buildSemantic(all?.semantic, alias?.semantic, context),
    prefix: {
      enabled: prefix.enabled ?? usual.prefix.enabled,
      minReuses: prefix.minReuses ?? usual.prefix.minReuses,
    },
  };
}
