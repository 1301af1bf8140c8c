import { picoFromUsd } from '../../core/money.ts';
import type { CacheCounts } from './statistics.ts';

/** What the cache is worth. Shares are of 1, durations means in milliseconds; null where nothing is known yet. */
export interface CacheReport extends CacheCounts {
  /** Calls answered without asking anybody, of those that looked. */
  readonly hitRate: number | null;
  /** Dollars not spent, of the dollars that would have been. */
  readonly costWeightedHitRate: number | null;
  readonly meanLookupMs: number | null;
  readonly meanStoreMs: number | null;
  readonly meanApiMs: number | null;
  /** costWeightedHitRate − lookup/API − (1 − hitRate) × store/API, in dollars; without a price of the machine the last two are 0. */
  readonly netSavingShare: number | null;
  /** The same of time: hitRate − lookup/API − (1 − hitRate) × store/API. */
  readonly netTimeShare: number | null;
  readonly machineCounted: boolean;
}

const MS_AN_HOUR = 3_600_000;
const PICO = 1e12;

/** @param machineHourlyUsd what an hour of the machine costs that looks up and stores, exact decimal dollars */
export function cacheReport(counts: CacheCounts, machineHourlyUsd: string | null): CacheReport {
  const { hits, joined, lookupMs, lookups, misses, missMs, storeMs, stores } = counts;
  const calls = hits + joined + misses;
  const saved = picoFromUsd(counts.savedUsd);
  const without = saved + picoFromUsd(counts.missedUsd);
  const hitRate = ratio(hits + joined, calls);
  const costWeightedHitRate = ratio(Number(saved), Number(without));
  const meanLookupMs = ratio(lookupMs, lookups);
  const meanApiMs = ratio(missMs, misses);
  // A miss whose answer could not be kept stored nothing: the mean is over all misses.
  const storeMsPerMiss = ratio(storeMs, misses) ?? 0;
  const msUsd = Number(machineHourlyUsd ?? '0') / MS_AN_HOUR;
  const apiUsd = ratio(Number(without) / PICO, calls);
  return {
    ...counts,
    hitRate,
    costWeightedHitRate,
    meanLookupMs,
    meanStoreMs: ratio(storeMs, stores),
    meanApiMs,
    netSavingShare: net(
      costWeightedHitRate,
      hitRate,
      (meanLookupMs ?? 0) * msUsd,
      storeMsPerMiss * msUsd,
      apiUsd,
    ),
    netTimeShare: net(hitRate, hitRate, meanLookupMs ?? 0, storeMsPerMiss, meanApiMs),
    machineCounted: machineHourlyUsd !== null,
  };
}

function net(
  gain: number | null,
  hitRate: number | null,
  lookup: number,
  store: number,
  api: number | null,
): number | null {
  if (gain === null || hitRate === null || api === null || api === 0) return null;
  return gain - lookup / api - (1 - hitRate) * (store / api);
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
