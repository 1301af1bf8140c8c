import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpendRow } from '../api/types.ts';
import { sumUsd } from '../format/money.ts';
import { MOST_SERIES, rankGroups, spendCourse } from './series.ts';

const FIGURES = { calls: 1, errors: 0, aborted: 0, unpricedCalls: 0, estimatedCalls: 0, usage: {} };
const row = (group: Record<string, string | null>, costUsd: string) =>
  ({ ...FIGURES, group, costUsd }) as unknown as SpendRow;
const HOUR_MS = 3_600_000;
const spendOf = (
  from: string,
  to: string,
  rows: readonly SpendRow[],
  unit: 'hour' | 'day' = 'hour',
  lengthMs = HOUR_MS,
) => ({ from, to, rows, buckets: { unit, lengthMs } });

describe('spendCourse', () => {
  it('has a bar for every hour, also for those without calls', () => {
    const rows = [
      row({ hour: '2026-11-24T01:00:00Z', model: 'a' }, '0.5'),
      row({ hour: '2026-11-24T03:00:00Z', model: 'a' }, '1'),
    ];
    const spend = spendOf('2026-11-24T00:30:00Z', '2026-11-24T04:30:00Z', rows);
    const course = spendCourse(spend, 'model', ['a']);
    expect(course.totals).toEqual([0n, 500_000_000_000n, 0n, 1_000_000_000_000n, 0n]);
    expect(new Date(course.startsMs[0] ?? 0).toISOString()).toBe('2026-11-24T00:00:00.000Z');
  });

  it('begins weeks on Mondays', () => {
    const rows = [row({ day: '2026-09-06', team: null }, '1')];
    const spend = spendOf('2026-09-02T00:00:00Z', '2026-09-20T00:00:00Z', rows, 'day', 7 * 24 * HOUR_MS);
    const course = spendCourse(spend, 'team', [null]);
    expect(course.startsMs.map((ms) => new Date(ms).getUTCDay())).toEqual([1, 1, 1]);
    expect(course.series[0]?.amounts[0]).toBe(1_000_000_000_000n);
  });

  it('adds up to the rows whatever is folded into the rest', () => {
    const rows = fc.array(
      fc.record({
        hour: fc.integer({ min: 0, max: 71 }),
        model: fc.integer({ min: 0, max: 15 }),
        cost: fc.nat(10 ** 9),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(rows, fc.constantFrom(3_600_000, 6 * 3_600_000), (made, lengthMs) => {
        const all = made.map(({ hour, model, cost }) => {
          const at = new Date(Date.parse('2026-11-01T00:00:00Z') + hour * 3_600_000).toISOString();
          return row(
            { hour: at, model: model === 0 ? null : `m${model}` },
            `0.${String(cost).padStart(12, '0')}`,
          );
        });
        const spend = spendOf('2026-11-01T00:00:00Z', '2026-11-04T00:00:00Z', all, 'hour', lengthMs);
        const course = spendCourse(spend, 'model', rankGroups(all, 'model'));
        const whole = sumUsd(all.map(({ costUsd }) => costUsd));
        expect(course.totals.reduce((a, b) => a + b, 0n)).toBe(whole);
        expect(course.series.reduce((sum, { total }) => sum + total, 0n)).toBe(whole);
        expect(course.series.length).toBeLessThanOrEqual(MOST_SERIES + 1);
      }),
    );
  });
});

describe('rankGroups', () => {
  it('puts the dearest first and leaves the rest out', () => {
    const rows = [row({ team: 'a' }, '1'), row({ team: '(other)' }, '99'), row({ team: null }, '3')];
    expect(rankGroups(rows, 'team')).toEqual([null, 'a']);
  });
});
