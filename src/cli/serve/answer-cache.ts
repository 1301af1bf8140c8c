import { randomUUID } from 'node:crypto';
import type { AnswerStore } from '../../core/answer-store.ts';
import type { Bus, Clock, Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import type { AnswerCache } from '../../gateway/index.ts';
import type { CacheAccess } from '../../api/index.ts';
import { cacheReport, cacheStatistics, NO_COUNTS } from '../../policy/cache/index.ts';
import type { SemanticMemory } from './semantic-memory.ts';
import { localAnswerStore, redisAnswerStore } from '../../shared/cache/index.ts';

interface AnswerCacheDeps {
  readonly settings: () => Settings;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

const CLEAR = 'answer-cache-clear';

/** The store of answers and its statistics: in Redis where several gateways share one, else in this process. */
export function openAnswerCache({ settings, bus, clock, log }: AnswerCacheDeps): {
  readonly cache: AnswerCache;
  close(): Promise<void>;
} {
  const { plan, sharedUrl } = settings();
  const { maxBytes } = plan.cache;
  const store =
    sharedUrl === null ? localAnswerStore(maxBytes, clock) : redisAnswerStore(sharedUrl, maxBytes, log);
  const statistics = cacheStatistics(bus, randomUUID());
  // Each process forgets what only it holds.
  const unsubscribe = bus.subscribe(CLEAR, () => void store.clear());
  const shown: AnswerStore = {
    ...store,
    clear: async () => {
      const forgotten = await store.clear();
      bus.publish(CLEAR, '');
      return forgotten;
    },
  };
  return {
    cache: { store: shown, statistics },
    close: async () => {
      unsubscribe();
      statistics.close();
      await store.close();
    },
  };
}

/** The cache as the management API shows it. */
export function cacheAccess(
  cache: AnswerCache | null,
  semantic: SemanticMemory,
  settings: () => Settings,
): CacheAccess {
  return {
    state: async () => {
      const { machineHourlyUsd, maxBytes } = settings().plan.cache;
      const report = cacheReport(cache?.statistics.counts() ?? NO_COUNTS, machineHourlyUsd);
      const size = (await cache?.store.size()) ?? { entries: 0, bytes: 0, maxBytes };
      return {
        store: { reach: cache?.store.reach ?? 'process', ...size },
        semantic: semantic.state(),
        ...report,
      };
    },
    clear: async (learnt) => {
      const [byMeaning, exact] = await Promise.all([semantic.clear(learnt), cache?.store.clear() ?? 0]);
      return byMeaning + exact;
    },
  };
}
