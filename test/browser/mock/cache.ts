import type { CacheState } from '../../../web/src/api/types.ts';

export function mockCache(): CacheState {
  return {
    store: { reach: 'process', entries: 812, bytes: 3_410_022, maxBytes: 268_435_456 },
    hits: 1204,
    joined: 31,
    misses: 2610,
    bypassed: 402,
    lookups: 3845,
    hitRate: 1235 / 3845,
    costWeightedHitRate: 0.287,
    meanLookupMs: 0.041,
    meanStoreMs: 0.12,
    netSavingShare: 0.287,
    netTimeShare: 0.3211,
    machineCounted: false,
  };
}
