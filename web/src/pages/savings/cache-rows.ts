import type { Savings, Spend } from '../../api/types.ts';
import { picoFromUsd, type PicoUsd, shareOf } from '../../format/money.ts';
import { groupValue } from '../../view/dimension.ts';

/** One of the caches, over the time in view. */
export interface CacheRow {
  /** As the lever is called. */
  readonly lever: string;
  readonly name: string;
  readonly calls: number;
  /** Of all calls in view; of the providers' caches, of all prompt tokens. 0 to 1. */
  readonly hitRate: number;
  /** Dollars not spent of those that would have been, 0 to 1; below 0 where writing cost more than reading saved. */
  readonly costWeighted: number;
  readonly saved: PicoUsd;
}

const CACHES = [
  ['cache', 'Exact'],
  ['semantic-cache', 'By meaning'],
  ['prefix', 'Providers’ own'],
] as const;

export const CACHE_LEVERS: ReadonlySet<string> = new Set(CACHES.map(([lever]) => lever));

/** Each cache against not using it alone. */
export function cacheRows(savings: Savings, { total }: Pick<Spend, 'total'>): readonly CacheRow[] {
  const spent = picoFromUsd(savings.total.spentUsd);
  const { input, cacheRead, cacheWrite5m, cacheWrite1h } = total.usage;
  return CACHES.map(([lever, name]) => {
    const row = savings.rows.find(({ group }) => groupValue(group, 'lever') === lever);
    const calls = row?.calls ?? 0;
    const saved = picoFromUsd(row?.savedUsd ?? '0');
    const prompt = input + cacheRead + cacheWrite5m + cacheWrite1h;
    return {
      lever,
      name,
      calls,
      hitRate: lever === 'prefix' ? part(cacheRead, prompt) : part(calls, total.calls),
      costWeighted: shareOf(saved, spent + saved),
      saved,
    };
  });
}

function part(some: number, all: number): number {
  return all > 0 ? some / all : 0;
}
