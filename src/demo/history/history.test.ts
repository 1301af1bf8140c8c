import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { picoFromUsd } from '../../core/money.ts';
import type { CallRecord } from '../../core/record.ts';
import { demoHistory, HISTORY_DAYS } from './history.ts';
import { workingDay } from './incidents.ts';

const NOW = Date.UTC(2026, 10, 24, 16, 30);
const DAY_MS = 86_400_000;
const rows = [...demoHistory('test', NOW)];

const share = (of: readonly CallRecord[], that: (row: CallRecord) => boolean): number =>
  of.filter(that).length / of.length;

describe('demoHistory', () => {
  it('is a few thousand calls of the last fortnight, oldest first, and the same for the same seed', () => {
    expect(rows.length).toBeGreaterThan(3000);
    expect(rows.length).toBeLessThan(8000);
    expect([...demoHistory('test', NOW)]).toEqual(rows);
    const ids = rows.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    for (const { startedAt } of rows) {
      const age = NOW - Date.parse(startedAt);
      expect(age).toBeGreaterThan(0);
      expect(age).toBeLessThan(HISTORY_DAYS * DAY_MS + 3_600_000);
    }
  });

  it('obeys the laws of the ledger, whatever the seed', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }),
        (seed, now) => {
          expect([...demoHistory(seed, now)].flatMap(violations)).toEqual([]);
        },
      ),
      { numRuns: 2 },
    );
  });

  it('has a weekly and a daily shape', () => {
    const weekday = (row: CallRecord): number => new Date(row.startedAt).getUTCDay();
    const hour = (row: CallRecord): number => new Date(row.startedAt).getUTCHours();
    const office = rows.filter(({ tags }) => tags['feature'] === 'sales-mail');
    expect(share(office, (row) => weekday(row) === 0 || weekday(row) === 6)).toBeLessThan(0.08);
    expect(share(office, (row) => hour(row) < 6)).toBeLessThan(0.02);
  });

  it('shows what a dashboard is for', () => {
    expect(share(rows, ({ status }) => status === 'error')).toBeGreaterThan(0.002);
    expect(share(rows, ({ status }) => status === 'error')).toBeLessThan(0.1);
    expect(share(rows, ({ status }) => status === 'aborted')).toBeGreaterThan(0.005);
    expect(rows.some(({ unpriced }) => unpriced)).toBe(true);
    expect(rows.some(({ usage }) => usage.cacheRead > 0)).toBe(true);
    expect(rows.some(({ usage }) => usage.cacheWrite5m > 0)).toBe(true);
    expect(rows.some(({ usageSource }) => usageSource === 'estimated')).toBe(true);
    const actions = new Set(rows.flatMap(({ decisions }) => decisions.map(({ action }) => action)));
    expect(actions).toEqual(new Set(['chose', 'retried', 'fell-back', 'hit', 'compressed']));
    const providers = new Set(rows.map(({ target }) => target?.provider));
    expect(providers).toEqual(new Set(['openai', 'anthropic', 'google', 'our-vllm']));
  });

  it('saves by levers, each priced as the calls are', () => {
    const saved = (stage: string): readonly string[] =>
      rows.flatMap(({ decisions }) =>
        decisions.flatMap((one) => (one.stage === stage ? (one.savedUsd ?? []) : [])),
      );
    for (const lever of ['cache', 'compress']) {
      expect(saved(lever).length).toBeGreaterThan(100);
      expect(saved(lever).every((usd) => picoFromUsd(usd) > 0n)).toBe(true);
    }
    expect(saved('route').some((usd) => picoFromUsd(usd) > 0n)).toBe(true);
    expect(saved('route').some((usd) => picoFromUsd(usd) < 0n)).toBe(true);
  });

  it('prices what compression left out at the rate of the input', () => {
    const row = rows.find(({ decisions }) => decisions.some(({ stage }) => stage === 'compress'));
    const { details, savedUsd } = row?.decisions[0] ?? {};
    const input = row?.costParts.find(({ kind }) => kind === 'input');
    const avoided = Number(details?.['tokensBefore']) - Number(details?.['tokensAfter']);
    const perToken = picoFromUsd(input?.rateUsd ?? '0') / 1_000_000n;
    expect(picoFromUsd(savedUsd ?? '0')).toBe(perToken * BigInt(avoided));
  });

  it('has one costly mistake that stands out', () => {
    const cost = (day: number): number =>
      rows
        .filter(
          ({ tags, startedAt }) => tags['feature'] === 'code-review' && startedAt.startsWith(dateOf(day)),
        )
        .reduce((sum, { costUsd }) => sum + Number(costUsd ?? 0), 0);
    expect(cost(workingDay(NOW, 3))).toBeGreaterThan(4 * cost(workingDay(NOW, 5)));
  });
});

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The laws that this row breaks. */
function violations(row: CallRecord): string[] {
  const { usage } = row;
  const parts = row.costParts.reduce((sum, part) => sum + picoFromUsd(part.costUsd), 0n);
  const laws: Record<string, boolean> = {
    'reasoning is a part of the output': usage.reasoning <= usage.output,
    'usage is counted in whole tokens': Object.values(usage).every((n) => Number.isSafeInteger(n) && n >= 0),
    'what is unpriced has no cost': row.unpriced === (row.costUsd === null),
    'parts add up to the cost': row.costUsd === null ? parts === 0n : parts === picoFromUsd(row.costUsd),
    'an error code says why': (row.errorCode === null) === (row.status === 'ok'),
    'nothing comes before the first token': row.totalMs >= (row.ttftMs ?? 0) && row.totalMs > row.overheadMs,
    'a target was asked, unless the answer was stored':
      row.attempts >= 1 || (row.costUsd === '0.000000' && row.decisions[0]?.stage === 'cache'),
  };
  return Object.entries(laws).flatMap(([law, holds]) => (holds ? [] : [`${row.id}: ${law}`]));
}
