import { z } from 'zod';
import { count, ms, usd } from './amounts.ts';

const share = z.number().nullable().describe('Of 1; null while nothing is known.');
const mean = ms.nullable().describe('Mean in milliseconds; null while nothing is known.');

export const cacheState = z
  .object({
    store: z.object({
      reach: z
        .enum(['process', 'shared'])
        .describe('process: each process has answers of its own; shared: all of them share Redis.'),
      entries: count,
      bytes: count,
      maxBytes: count,
    }),
    semantic: z
      .object({
        answers: count,
        questions: count,
        bytes: count,
        maxBytes: count,
        loaded: z.boolean().describe('Whether what was kept in the store has been read.'),
        waiting: count.describe('What this process learnt that is not in the store yet.'),
      })
      .describe('Answers by the meaning of their questions, in the memory of this process.'),
    hits: count,
    joined: count.describe('Calls that got the answer of an equal call at the same time.'),
    misses: count,
    bypassed: count.describe('Calls that had no part in it.'),
    unpriced: count.describe('Hits, joined calls and misses whose price is not known.'),
    lookups: count,
    stores: count,
    lookupMs: ms,
    storeMs: ms,
    missMs: ms.describe('Duration of all calls that missed.'),
    savedUsd: usd,
    missedUsd: usd.describe('What the calls that missed cost.'),
    hitRate: share,
    costWeightedHitRate: share,
    meanLookupMs: mean,
    meanStoreMs: mean,
    meanApiMs: mean,
    netSavingShare: share.describe(
      'costWeightedHitRate − lookup/API − (1 − hitRate) × store/API, in dollars. Without cache.machineHourlyUsd looking up and storing count as free.',
    ),
    netTimeShare: share.describe('hitRate − lookup/API − (1 − hitRate) × store/API, in time.'),
    machineCounted: z.boolean().describe('Whether the machine’s time has a price.'),
  })
  .meta({ id: 'AnswerCache', description: 'Since the processes were started.' });

export type CacheState = z.output<typeof cacheState>;

export const cacheCleared = z
  .object({ forgotten: count.describe('Answers that were forgotten, as far as this process can tell.') })
  .meta({ id: 'AnswerCacheCleared' });
