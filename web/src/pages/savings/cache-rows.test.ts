import { describe, expect, it } from 'vitest';
import { usageOf } from '../../../../src/core/usage.ts';
import type { Savings, Spend } from '../../api/types.ts';
import { cacheRows } from './cache-rows.ts';

const savings: Savings = {
  from: '',
  to: '',
  rows: [
    { group: { lever: 'cache' }, calls: 30, savedUsd: '0.600000' },
    { group: { lever: 'route' }, calls: 50, savedUsd: '9.000000' },
    { group: { lever: 'prefix' }, calls: 10, savedUsd: '-0.200000' },
  ],
  total: { calls: 80, savedUsd: '9.4', spentUsd: '1.800000', withoutUsd: '11.2' },
};
const usage = usageOf({ input: 600, cacheRead: 300, cacheWrite5m: 100, output: 50 });
const spend = { total: { calls: 200, usage } } as Spend;

describe('cacheRows', () => {
  it('sets each cache against not using it alone', () => {
    expect(cacheRows(savings, spend)).toMatchObject([
      { lever: 'cache', calls: 30, hitRate: 0.15, costWeighted: 0.25, saved: 600_000_000_000n },
      { lever: 'semantic-cache', calls: 0, hitRate: 0, costWeighted: 0, saved: 0n },
      { lever: 'prefix', calls: 10, hitRate: 0.3, costWeighted: -0.125 },
    ]);
  });

  it('knows nothing of nothing', () => {
    const none = { total: { calls: 0, usage: usageOf({}) } } as Spend;
    const empty = { ...savings, rows: [], total: { ...savings.total, spentUsd: '0' } };
    for (const row of cacheRows(empty, none))
      expect(row).toMatchObject({ calls: 0, hitRate: 0, costWeighted: 0 });
  });
});
