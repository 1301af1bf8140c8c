import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matches, savedBy, sumsOf } from '../../../test/services/ledger-oracle.ts';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { Sql } from '../sql/sql.ts';
import { ago, CALLS, NOW, plain, spanFilter } from './asked.contract.ts';
import { EVERY_CALL } from './filter.ts';
import type { Queries } from './queries.ts';
import { savings } from './savings.ts';

/** What is answered about savings on every database, which must hold `CALLS`. */
export function savingsContract(place: () => { readonly sql: Sql; readonly queries: Queries }): void {
  it('sums up what levers saved exactly, beside the bill of the same calls', async () => {
    await fc.assert(
      fc.asyncProperty(spanFilter, savingsGroupBy, async (filter, names) => {
        const report = await place().queries.savings({ filter, groupBy: names, limit: 1_000 });
        const meant = CALLS.filter((call) => matches(call, filter));
        const expected = [...savedBy(meant, names, filter.lever)].map(([group, saved]) => ({
          group: JSON.parse(group),
          ...saved,
        }));
        expect(new Set(report.rows.map(plain))).toEqual(new Set(expected.map(plain)));
        const saved = savedBy(meant, [], filter.lever).get('{}') ?? { calls: 0, savedUsd: '0.000000' };
        const spentUsd = sumsOf(CALLS.filter((call) => matches(call, { ...filter, lever: null }))).costUsd;
        const withoutUsd = usdFromPico(picoFromUsd(spentUsd) + picoFromUsd(saved.savedUsd));
        expect(report.total).toEqual({ ...saved, spentUsd, withoutUsd });
        expect(report).toMatchObject({ from: filter.from, to: filter.to, groupBy: names });
      }),
      { numRuns: 60 },
    );
  });

  it('reads savings of many calls by whole hours, as their bill', async () => {
    const filter = { ...EVERY_CALL, from: ago(50), to: ago(0) };
    const few = { rawRows: 100, edgeRows: 0 };
    const query = { filter, groupBy: ['lever'], limit: 1 };
    const { from, rows, total, sampled } = await savings(place().sql, query, NOW, few);
    expect(from).toBe(`${filter.from.slice(0, 13)}:00:00.000Z`);
    expect(sampled).toBeUndefined();
    const meant = CALLS.filter(({ startedAt }) => startedAt >= from);
    expect(total.spentUsd).toBe(sumsOf(meant).costUsd);
    expect(total).toMatchObject(savedBy(meant, [], null).get('{}') ?? {});
    expect(rows.map(({ group }) => group['lever'])).toContain('(other)');
    expect(rows).toHaveLength(2);
    const bySession = await savings(place().sql, { ...query, groupBy: ['session'] }, NOW, {
      ...few,
      rawRows: 9,
    });
    expect(bySession.sampled).toBe(true);
  });

  it('groups only savings by lever', async () => {
    const filter = { ...EVERY_CALL, from: ago(50), to: ago(0) };
    await expect(place().queries.spend({ filter, groupBy: ['lever'], limit: 1 })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'groupBy',
    });
  });
}

const savingsGroupBy = fc.subarray(
  ['lever', 'day', 'hour', 'model', 'requestedModel', 'team', 'user', 'key', 'tag:env', 'status'],
  { maxLength: 3 },
);
