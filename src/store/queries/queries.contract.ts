import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRecord } from '../../../test/services/call-record.ts';
import { grouped, matches, percentile, sumsOf } from '../../../test/services/ledger-oracle.ts';
import { type CallRecord, tellsLatency } from '../../core/record.ts';
import { savingsOf } from '../../core/savings.ts';
import { insertCalls } from '../ledger/insert.ts';
import { partitionsOf } from '../ledger/partitions.ts';
import { rowText } from '../ledger/row.ts';
import { migrate } from '../migrate.ts';
import type { Sql } from '../sql/sql.ts';
import type { SpanFilter } from './filter.ts';
import { ago, anyFilter, CALLS, NOW, plain, spanFilter } from './asked.contract.ts';
import { EVERY_CALL } from './filter.ts';
import { latency } from './latency.ts';
import { createQueries, type Queries } from './queries.ts';
import { savingsContract } from './savings.contract.ts';
import { spend } from './spend.ts';

/** What questions about the ledger are answered on every database. `open` gives an empty one. */
export function queriesContract(name: string, open: () => Promise<Sql>, skip = false): void {
  describe.skipIf(skip)(`questions to ${name}`, () => {
    let sql: Sql;
    let queries: Queries;
    beforeAll(async () => {
      sql = await open();
      await migrate(sql);
      await insertCalls(sql, partitionsOf(sql), CALLS.map(rowText));
      queries = createQueries(sql, { now: () => NOW, ticks: () => 0, sleep: async () => {} });
    });
    afterAll(() => sql?.close());

    it('sums up spend exactly, whatever is asked', async () => {
      await fc.assert(
        fc.asyncProperty(spanFilter, groupBy, async (filter, names) => {
          const report = await queries.spend({ filter, groupBy: names, limit: 1_000 });
          const meant = CALLS.filter((call) => matches(call, filter));
          const expected = [...grouped(meant, names)].map(([group, calls]) => ({
            group: JSON.parse(group),
            ...sumsOf(calls),
          }));
          expect(new Set(report.rows.map(plain))).toEqual(new Set(expected.map(plain)));
          expect(report.total).toEqual(sumsOf(meant));
          expect(report).toMatchObject({ from: filter.from, to: filter.to, groupBy: names });
          expect(report.overlapping).toBe(names.includes('tag') ? true : undefined);
        }),
        { numRuns: 60 },
      );
    });

    it('orders rows by time, then by cost, and sums up the cheapest groups', async () => {
      const filter = { ...EVERY_CALL, from: ago(100), to: ago(0) };
      const all = await queries.spend({ filter, groupBy: ['model', 'team'], limit: 1_000 });
      const dollars = all.rows.map(({ costUsd }) => Number(costUsd));
      expect(dollars).toEqual(dollars.toSorted((a, b) => b - a));

      const { rows, total } = await queries.spend({ filter, groupBy: ['day', 'model', 'team'], limit: 2 });
      const times = rows.map(({ group }) => group['day'] ?? '');
      expect(times).toEqual(times.toSorted());
      const kept = new Set(rows.map(({ group: { model, team } }) => JSON.stringify({ model, team })));
      const best = all.rows.slice(0, 2).map(({ group }) => JSON.stringify(group));
      expect(kept).toEqual(new Set([...best, JSON.stringify({ model: '(other)', team: '(other)' })]));
      expect(total).toEqual(all.total);
    });

    savingsContract(() => ({ sql, queries }));

    it('estimates latencies within four percent', async () => {
      await fc.assert(
        fc.asyncProperty(spanFilter, groupBy, async (filter, names) => {
          const report = await queries.latency({ filter, groupBy: names, limit: 1_000 });
          const meant = CALLS.filter((call) => tellsLatency(call) && matches(call, filter));
          const expected = grouped(meant, names);
          expect(report.rows).toHaveLength(expected.size);
          for (const row of report.rows) checkLatency(row, expected.get(inOrder(row.group, names)) ?? []);
          checkLatency(report.total, meant);
        }),
        { numRuns: 40 },
      );
    });

    it('folds groups of few calls in latencies too', async () => {
      const filter = { ...EVERY_CALL, from: ago(100), to: ago(0) };
      const { rows } = await queries.latency({ filter, groupBy: ['model'], limit: 1 });
      const byModel = [...grouped(CALLS.filter(tellsLatency), ['model'])].sort(
        ([, a], [, b]) => b.length - a.length,
      );
      expect(rows.map(({ group }) => group['model'])).toEqual([
        JSON.parse(byModel[0]?.[0] ?? '').model,
        '(other)',
      ]);
      const [, other] = rows;
      if (other)
        checkLatency(
          other,
          byModel.slice(1).flatMap(([, calls]) => calls),
        );
    });

    it('says when it looked at the newest calls only, or at whole hours', async () => {
      const filter = { ...EVERY_CALL, from: ago(50), to: ago(0) };
      const few = { rawRows: 100, edgeRows: 0 };
      const bySession = await spend(sql, { filter, groupBy: ['session'], limit: 10 }, NOW, few);
      const newest = CALLS.toSorted(newestFirst).slice(0, 100);
      expect(bySession.sampled).toBe(true);
      expect(bySession.total).toEqual(sumsOf(newest));
      expect((await latency(sql, { filter, groupBy: ['session'], limit: 10 }, NOW, few)).sampled).toBe(true);
      // There is an index on sessions, so one of few calls is looked at as a whole.
      const one = await spend(
        sql,
        { filter: { ...filter, session: 's1' }, groupBy: [], limit: 10 },
        NOW,
        few,
      );
      expect(one.sampled).toBeUndefined();

      const whole = await spend(sql, { filter, groupBy: [], limit: 10 }, NOW, few);
      expect(whole.from).toBe(`${filter.from.slice(0, 13)}:00:00.000Z`);
      expect(whole.sampled).toBeUndefined();
      expect(whole.total).toEqual(sumsOf(CALLS.filter(({ startedAt }) => startedAt >= whole.from)));
    });

    it('lists calls page by page, newest first', async () => {
      await fc.assert(
        fc.asyncProperty(anyFilter, fc.integer({ min: 1, max: 200 }), async (filter, limit) => {
          const found: CallRecord[] = [];
          let cursor: string | null = null;
          do {
            const page: Awaited<ReturnType<Queries['calls']>> = await queries.calls(filter, {
              limit,
              cursor,
            });
            expect(page.calls.length).toBeLessThanOrEqual(limit);
            found.push(...page.calls);
            cursor = page.nextCursor;
          } while (cursor !== null);
          const expected = CALLS.filter((call) => matches(call, filter)).sort(newestFirst);
          expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
          const [first] = expected;
          if (first)
            expect(found[0]).toEqual({
              ...first,
              savings: savingsOf(first.decisions) ?? {},
              decisions: [],
              costParts: [],
              requestBody: null,
              responseBody: null,
            });
        }),
        { numRuns: 15 },
      );
    });

    it('refuses a cursor that it did not give', async () => {
      for (const cursor of ['x', Buffer.from("2026-11-24 ' or 1=1").toString('base64url')])
        await expect(queries.calls(EVERY_CALL, { limit: 1, cursor })).rejects.toMatchObject({
          code: 'invalid_request',
          param: 'cursor',
        });
    });

    it('finds one call by its id, whatever time the id tells', async () => {
      const [call] = CALLS;
      expect(await queries.call(call?.id ?? '')).toEqual(call);
      const odd = callRecord({
        id: 'ffffffff-ffff-4fff-bfff-ffffffffffff',
        startedAt: '2026-11-10T01:00:00.000Z',
      });
      await insertCalls(sql, partitionsOf(sql), [rowText(odd)]);
      expect(await queries.call(odd.id)).toEqual(odd);
      await sql.query('delete from illm.calls where id = $1', [odd.id]);
      expect(await queries.call('01938c6e-1111-7000-8000-00000000ffff')).toBeNull();
      expect(await queries.call('no id')).toBeNull();
    });

    it.each([
      ['of a provider', { provider: 'openai' }],
      ['of all', {}],
      ['of a team, between broken hours', { team: CALLS[0]?.team ?? null, from: ago(47.3), to: ago(1.7) }],
      ['by what no rollup has', { tags: [{ name: 'env', value: 'prod' }] }],
    ])('counts how calls failed: %s', async (_, asked) => {
      const filter = { ...EVERY_CALL, from: ago(100), to: ago(0), ...asked };
      const failed = CALLS.filter((call) => matches(call, filter) && call.errorCode !== null);
      const rows = await queries.errors(filter);
      expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe(failed.length);
      for (const row of rows) {
        const same = failed.filter(
          ({ errorCode, httpStatus, target }) =>
            errorCode === row.errorCode &&
            httpStatus === row.httpStatus &&
            (target?.provider ?? null) === row.provider,
        );
        const last = same.toSorted(newestFirst)[0];
        expect(row).toEqual({
          errorCode: last?.errorCode,
          httpStatus: last?.httpStatus,
          provider: last?.target?.provider ?? null,
          calls: same.length,
          lastAt: last?.startedAt,
          lastMessage: last?.errorMessage,
          lastCallId: last?.id,
        });
      }
    });

    it('names the values that occur', async () => {
      const values = await queries.dimensions(ago(100));
      const distinct = (pick: (call: CallRecord) => string | null): Set<string | null> =>
        new Set(CALLS.map(pick).filter((value) => value !== null));
      expect(new Set(values.team)).toEqual(distinct(({ team }) => team));
      expect(new Set(values.errorCode)).toEqual(distinct(({ errorCode }) => errorCode));
      expect(values.key.find(({ id }) => id === 'k1')).toEqual({ id: 'k1', name: 'a key' });
      expect(values.key.map(({ id }) => id)).toContain('client:0a1b');
      expect(new Set(values.tag['feature'])).toEqual(new Set(['x', 'it\'s "y"']));
      expect((await queries.dimensions(ago(-48))).team).toEqual([]);
    });

    it('tails new calls once each, in pages', async () => {
      const { mark, calls } = await queries.tail(null, 10);
      expect(calls).toEqual([]);
      const fresh = Array.from({ length: 25 }, (_, index) =>
        callRecord({ startedAt: new Date(NOW + index).toISOString() }),
      );
      await insertCalls(sql, partitionsOf(sql), fresh.map(rowText));
      const stale = callRecord({ startedAt: '2026-11-01T00:00:00.000Z' });
      const told: string[] = [];
      let at = mark;
      for (let page = 0; page < 4; page += 1) {
        const next = await queries.tail(at, 10);
        if (page === 0) await insertCalls(sql, partitionsOf(sql), [rowText(stale)]);
        told.push(...next.calls.map(({ id }) => id));
        at = next.mark;
      }
      expect(told).toEqual(fresh.map(({ id }) => id));
      await sql.exec(
        `delete from illm.calls where started_at >= '${new Date(NOW).toISOString()}' or started_at < '2026-11-02'`,
      );
      await expect(queries.tail("x' or 1=1", 10)).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('has no way in for SQL', async () => {
      const evil = `x'); drop table illm.calls; --`;
      const filter: SpanFilter = {
        ...EVERY_CALL,
        from: ago(100),
        to: ago(0),
        team: evil,
        tags: [{ name: evil, value: evil }],
      };
      expect((await queries.spend({ filter, groupBy: [`tag:${evil}`], limit: 10 })).rows).toEqual([]);
      expect((await queries.calls(filter, { limit: 10, cursor: null })).calls).toEqual([]);
      await expect(queries.spend({ filter, groupBy: [evil], limit: 10 })).rejects.toMatchObject({
        code: 'invalid_request',
        param: 'groupBy',
      });
      await expect(
        queries.spend({ filter: { ...filter, from: evil }, groupBy: [], limit: 10 }),
      ).rejects.toMatchObject({ param: 'from' });
      expect((await queries.calls(EVERY_CALL, { limit: 1, cursor: null })).calls).toHaveLength(1);
    });
  });
}

function newestFirst(a: CallRecord, b: CallRecord): number {
  return a.startedAt === b.startedAt ? (a.id < b.id ? 1 : -1) : a.startedAt < b.startedAt ? 1 : -1;
}

function inOrder(group: Readonly<Record<string, string | null>>, names: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, group[name] ?? null])));
}

function checkLatency(
  row: Awaited<ReturnType<Queries['latency']>>['total'],
  calls: readonly CallRecord[],
): void {
  const errors = calls.filter(({ status }) => status === 'error').length;
  expect(row).toMatchObject({
    calls: calls.length,
    errors,
    errorRate: calls.length === 0 ? 0 : errors / calls.length,
  });
  const near = (estimate: object | null, values: readonly number[]): void => {
    if (values.length === 0) return expect(estimate).toBeNull();
    for (const [name, value] of Object.entries((estimate ?? {}) as Record<string, number>)) {
      const exact = percentile(values, Number(name.slice(1)));
      expect(Math.abs(value - exact) / exact).toBeLessThan(0.041);
    }
  };
  near(
    row.totalMs,
    calls.map(({ totalMs }) => totalMs),
  );
  near(
    row.ttftMs,
    calls.flatMap(({ ttftMs }) => ttftMs ?? []),
  );
}

const groupBy = fc.subarray(
  ['day', 'hour', 'provider', 'model', 'team', 'user', 'key', 'tag', 'tag:env', 'status', 'session'],
  { maxLength: 3 },
);
