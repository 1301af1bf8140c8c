import { describe, expect, it } from 'vitest';
import type { Latency, Spend, Usage } from '../../api/types.ts';
import { breakdownRows, cacheShare, sortBreakdown, tokensIn } from './breakdown.ts';

const usage = (known: Partial<Usage>) =>
  ({ input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, ...known }) as Usage;

function spendOf(
  rows: readonly {
    team: string | null;
    costUsd: string;
    calls?: number;
    errors?: number;
    unpricedCalls?: number;
  }[],
) {
  return {
    rows: rows.map(({ team, ...row }) => ({
      group: { team },
      calls: 4,
      errors: 0,
      aborted: 0,
      unpricedCalls: 0,
      estimatedCalls: 0,
      usage: usage({ input: 10, cacheRead: 30, output: 5 }),
      ...row,
    })),
  } as unknown as Spend;
}

describe('breakdownRows', () => {
  const now = spendOf([
    { team: 'a', costUsd: '2' },
    { team: null, costUsd: '0.5', errors: 1, unpricedCalls: 2 },
  ]);
  const before = spendOf([
    { team: 'a', costUsd: '0.5' },
    { team: 'gone', costUsd: '3' },
  ]);
  const latency = {
    rows: [{ group: { team: 'a' }, totalMs: { p50: 1, p90: 2, p95: 3, p99: 4 } }],
  } as unknown as Latency;

  it('tells what grew, shrank and is gone', () => {
    const rows = breakdownRows(now, before, latency, 'team');
    expect(rows.map(({ value, change }) => [value, change])).toEqual([
      ['a', 1_500_000_000_000n],
      [null, 500_000_000_000n],
      ['gone', -3_000_000_000_000n],
    ]);
    expect(rows.map(({ p95Ms }) => p95Ms)).toEqual([3, null, null]);
  });

  it('takes no unpriced call for a free one', () => {
    const [, row] = breakdownRows(now, undefined, undefined, 'team');
    expect(row?.perCall).toBe(250_000_000_000n);
    expect(row?.errorRate).toBe(0.25);
    expect(row?.change).toBeNull();
  });

  it('sorts by any column, the dearer first among equals', () => {
    const rows = breakdownRows(now, before, latency, 'team');
    const order = (...by: Parameters<typeof sortBreakdown> extends [unknown, ...infer R] ? R : never) =>
      sortBreakdown(rows, ...by).map(({ value }) => value);
    expect(order('change', 'asc')).toEqual(['gone', null, 'a']);
    expect(order('change', 'desc')).toEqual(['a', null, 'gone']);
    expect(order('calls', 'desc')).toEqual(['a', null, 'gone']);
    expect(order('errors', 'desc')).toEqual([null, 'a', 'gone']);
    expect(order('name', 'asc')).toEqual([null, 'a', 'gone']);
  });
});

describe('prompt tokens', () => {
  it('are those outside, read from and written to a cache', () => {
    const all = usage({ input: 1, cacheRead: 5, cacheWrite5m: 2, cacheWrite1h: 2, output: 100 });
    expect(tokensIn(all)).toBe(10);
    expect(cacheShare(all)).toBe(0.5);
    expect(cacheShare(usage({ output: 3 }))).toBeNull();
  });
});
