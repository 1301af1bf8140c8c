import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { Bus } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import type { CacheTimes } from './exact/index.ts';

/** What the cache of exact answers did, as sums over calls. */
export interface CacheCounts {
  readonly hits: number;
  /** Calls that got the answer of an equal call at the same time. */
  readonly joined: number;
  readonly misses: number;
  /** Calls that had no part in it, by the client's wish or because their answers differ each time. */
  readonly bypassed: number;
  /** Hits, joined calls and misses whose price is not known: they are in no sum of dollars. */
  readonly unpriced: number;
  readonly lookups: number;
  readonly lookupMs: number;
  readonly stores: number;
  readonly storeMs: number;
  /** Duration of the calls that missed. */
  readonly missMs: number;
  /** What hits and joined calls would have cost, exact decimal dollars. */
  readonly savedUsd: string;
  /** What misses cost. */
  readonly missedUsd: string;
}

export interface CacheStatistics extends CacheTimes {
  observe(record: CallRecord): void;
  /** Of all processes, as far as they have told; they do every second. */
  counts(): CacheCounts;
  /** Of this process alone. */
  own(): CacheCounts;
  close(): void;
}

export const NO_COUNTS: CacheCounts = {
  hits: 0,
  joined: 0,
  misses: 0,
  bypassed: 0,
  unpriced: 0,
  lookups: 0,
  lookupMs: 0,
  stores: 0,
  storeMs: 0,
  missMs: 0,
  savedUsd: '0.000000',
  missedUsd: '0.000000',
};

const TOPIC = 'answer-cache-counts';
const TELL_EVERY_MS = 1000;
const MOST_PROCESSES = 1000;

type Mutable = { -readonly [Name in keyof CacheCounts]: CacheCounts[Name] };

/** @param origin tells this process from others, and from what it was before a restart */
export function cacheStatistics(bus: Bus, origin: string): CacheStatistics {
  const own: Mutable = { ...NO_COUNTS };
  const others = new Map<string, CacheCounts>();
  let telling: NodeJS.Timeout | null = null;

  const unsubscribe = bus.subscribe(TOPIC, (message) => {
    const told = JSON.parse(message) as { readonly origin: string; readonly counts: CacheCounts };
    if (told.origin === origin) return;
    if (others.has(told.origin) || others.size < MOST_PROCESSES) others.set(told.origin, told.counts);
  });

  function changed(): void {
    telling ??= setTimeout(() => {
      telling = null;
      bus.publish(TOPIC, JSON.stringify({ origin, counts: own }));
    }, TELL_EVERY_MS).unref();
  }

  return {
    looked: (ms) => {
      own.lookups += 1;
      own.lookupMs += ms;
      changed();
    },
    stored: (ms) => {
      own.stores += 1;
      own.storeMs += ms;
      changed();
    },
    observe: (record) => {
      const decision = record.decisions.find(({ stage }) => stage === 'cache');
      if (!decision) return;
      add(own, record, decision.action, decision.savedUsd);
      changed();
    },
    own: () => own,
    counts: () => [...others.values()].reduce(sum, own),
    close: () => {
      unsubscribe();
      if (telling) clearTimeout(telling);
    },
  };
}

function add(counts: Mutable, record: CallRecord, action: string, savedUsd: string | undefined): void {
  switch (action) {
    case 'hit':
    case 'joined':
      counts[action === 'hit' ? 'hits' : 'joined'] += 1;
      if (savedUsd === undefined) counts.unpriced += 1;
      else counts.savedUsd = plus(counts.savedUsd, savedUsd);
      return;
    case 'missed':
      counts.misses += 1;
      counts.missMs += record.totalMs;
      if (record.costUsd === null) counts.unpriced += 1;
      else counts.missedUsd = plus(counts.missedUsd, record.costUsd);
      return;
    case 'bypassed':
      counts.bypassed += 1;
  }
}

function sum(a: CacheCounts, b: CacheCounts): CacheCounts {
  return {
    hits: a.hits + b.hits,
    joined: a.joined + b.joined,
    misses: a.misses + b.misses,
    bypassed: a.bypassed + b.bypassed,
    unpriced: a.unpriced + b.unpriced,
    lookups: a.lookups + b.lookups,
    lookupMs: a.lookupMs + b.lookupMs,
    stores: a.stores + b.stores,
    storeMs: a.storeMs + b.storeMs,
    missMs: a.missMs + b.missMs,
    savedUsd: plus(a.savedUsd, b.savedUsd),
    missedUsd: plus(a.missedUsd, b.missedUsd),
  };
}

function plus(a: string, b: string): string {
  return usdFromPico(picoFromUsd(a) + picoFromUsd(b));
}
