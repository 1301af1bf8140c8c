import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuidv7 } from '../../core/ids.ts';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import { type CallRecord, tellsLatency } from '../../core/record.ts';
import { savingsOf } from '../../core/savings.ts';
import { USAGE_KINDS, usageOf } from '../../core/usage.ts';
import { callRecord } from '../../../test/services/call-record.ts';
import { migrate } from '../migrate.ts';
import { getCall } from '../queries/calls.ts';
import type { Sql } from '../sql/sql.ts';
import { USAGE_FIELDS } from './fields.ts';
import { insertCalls } from './insert.ts';
import { type Partitions, partitionsOf } from './partitions.ts';
import { rowText } from './row.ts';

const SPEND = ['spend_daily', 'spend_daily_fine', 'spend_hourly'];
const LATENCY = ['latency_daily', 'latency_daily_fine', 'latency_hourly'];
const FAILURES = ['failures_daily', 'failures_hourly'];
const SAVED = ['cache', 'compress', 'route'];

/** As text, since a column that was added again stands at another place. */
function sortedJson(tables: readonly object[][]): string[][] {
  return tables.map((rows) => rows.map((row) => JSON.stringify(row)).sort());
}

interface Failure {
  readonly code: string | null;
  readonly calls: number;
  readonly lastAt: string;
  readonly lastId: string;
  readonly lastMessage: string | null;
}

async function failuresIn(sql: Sql, table: string): Promise<Failure[]> {
  return sql.query<Failure>(
    `select error_code as code, sum(calls)::integer as calls, max(last_at) as "lastAt",
       (array_agg(last_id order by last_at desc, last_id desc))[1] as "lastId",
       (array_agg(last_message order by last_at desc, last_id desc))[1] as "lastMessage"
     from illm.${table} group by error_code order by error_code collate "C"`,
  );
}

function failuresOf(records: readonly CallRecord[]): Failure[] {
  const codes = [...new Set(records.map(({ errorCode }) => errorCode))].filter((code) => code !== null);
  return codes.sort().map((code) => {
    const failed = records.filter(({ errorCode }) => errorCode === code);
    const [last] = failed.toSorted(
      (a, b) => b.startedAt.localeCompare(a.startedAt) || b.id.localeCompare(a.id),
    );
    return {
      code,
      calls: failed.length,
      lastAt: last?.startedAt ?? '',
      lastId: last?.id ?? '',
      lastMessage: last?.errorMessage ?? null,
    };
  });
}

/** What storing calls must do on every database. `open` gives an empty one. */
export function insertContract(name: string, open: () => Promise<Sql>, skip = false): void {
  describe.skipIf(skip)(`storing calls in ${name}`, () => {
    let sql: Sql;
    let partitions: Partitions;
    beforeAll(async () => {
      sql = await open();
      await migrate(sql);
      partitions = partitionsOf(sql);
    });
    beforeEach(() => empty());
    afterAll(() => sql?.close());

    // Truncating takes longer than deleting a few rows.
    const empty = (): Promise<void> =>
      sql.exec(
        ['calls', ...SPEND, ...LATENCY, ...FAILURES, 'savings_hourly']
          .map((table) => `delete from illm.${table};`)
          .join(' '),
      );
    const store = (records: readonly CallRecord[]): Promise<number> =>
      insertCalls(sql, partitions, records.map(rowText));

    it('gives back every field as it was', async () => {
      await fc.assert(
        fc.asyncProperty(anyRecord(), async (record) => {
          await store([record]);
          expect(await getCall(sql, record.id)).toEqual(record);
        }),
        { numRuns: 40 },
      );
    });

    it('stores text that PostgreSQL cannot hold, with the odd characters replaced', async () => {
      const record = callRecord({
        errorMessage: 'a\0b\ud800c',
        tags: { 'k\0': '\udfff' },
        user: '\\u0000 and 💡',
      });
      await store([record]);
      expect(await getCall(sql, record.id)).toEqual({
        ...record,
        errorMessage: 'a\uFFFDb\uFFFDc',
        tags: { 'k\uFFFD': '\uFFFD' },
      });
    });

    it('counts each call once in the rollups, however often and in whatever batches it comes', async () => {
      const batches = fc.array(fc.array(fc.nat({ max: 29 }), { minLength: 1, maxLength: 20 }), {
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyRecord(), { minLength: 30, maxLength: 30 }),
          batches,
          async (records, plan) => {
            await empty();
            const sent = new Map<string, CallRecord>();
            for (const batch of plan) {
              const chosen = batch.flatMap((index) => records[index] ?? []);
              const fresh = new Set(chosen.map(({ id }) => id).filter((id) => !sent.has(id)));
              for (const record of chosen) sent.set(record.id, record);
              expect(await store(chosen)).toBe(fresh.size);
            }
            const stored = [...sent.values()];
            const expected = totals(stored);
            for (const table of SPEND) expect(await rolledUp(sql, table)).toEqual(expected);
            expect(await savingsRolledUp(sql)).toEqual(savingsTotals(stored));
            const timed = stored.filter(tellsLatency);
            const answered = timed.filter(({ ttftMs }) => ttftMs !== null).length;
            for (const table of LATENCY) {
              const [counts] = await sql.query(
                `select coalesce(sum(ttft), 0)::bigint as ttft, coalesce(sum(total), 0)::bigint as total,
                   coalesce(sum(overhead), 0)::bigint as overhead from illm.${table}`,
              );
              expect(counts).toEqual({ ttft: answered, total: timed.length, overhead: timed.length });
            }
            for (const table of FAILURES) expect(await failuresIn(sql, table)).toEqual(failuresOf(stored));
            const [used] = await sql.query(
              `select max(last_at) as at from illm.spend_daily where key = 'k1'`,
            );
            const times = stored.filter(({ keyId }) => keyId === 'k1').map(({ startedAt }) => startedAt);
            expect(used).toEqual({ at: times.sort().at(-1) ?? null });
          },
        ),
        { numRuns: 15 },
      );
    });

    it('measures no call that was answered in a batch of its provider’s', async () => {
      await store([callRecord({ serviceTier: 'batch', totalMs: 0.1 }), callRecord({ serviceTier: null })]);
      for (const table of LATENCY)
        expect(await sql.query(`select sum(total)::integer as total from illm.${table}`)).toEqual([
          { total: 1 },
        ]);
    });

    it('makes the finer rollups of calls that were stored before there were any', async () => {
      const records = fc.sample(anyRecord(), { numRuns: 60, seed: 7 });
      await store(records);
      const kept = async (): Promise<object[][]> =>
        await Promise.all(
          [...LATENCY, ...FAILURES].map((table) =>
            sql.query(`select to_jsonb(kept) as row from illm.${table} as kept order by kept::text`),
          ),
        );
      const before = await kept();
      await sql.exec(
        `drop table illm.failures_daily, illm.failures_hourly, illm.latency_daily_fine;
         alter table illm.latency_hourly drop column team;
         delete from illm.migrations where name = '0014-finer-rollups'`,
      );
      await migrate(sql);
      expect(sortedJson(await kept())).toEqual(sortedJson(before));
    });

    it('makes the partition of any day, and finds one missing that it knew', async () => {
      const old = callRecord({ startedAt: '2023-02-28T23:59:59.999Z' });
      expect(await store([old, callRecord()])).toBe(2);
      expect(await partitions.dropBefore('2023-03-01')).toContain('2023-02-28');
      expect(await getCall(sql, old.id)).toBeNull();
      const other = partitionsOf(sql);
      await other.ensure(['2023-02-28']);
      await sql.exec('drop table illm.calls_20230228');
      expect(await insertCalls(sql, other, [rowText(old)])).toBe(1);
    });

    it('takes none of a batch with a row that it cannot take', async () => {
      const lines = [rowText(callRecord()), rowText(callRecord({ startedAt: '2026-02-30T00:00:00.000Z' }))];
      await expect(insertCalls(sql, partitions, lines)).rejects.toMatchObject({ blamesRow: true });
      await expect(insertCalls(sql, partitions, ['{"id":"x'])).rejects.toMatchObject({ blamesRow: true });
      expect(await sql.query('select count(*) as n from illm.calls')).toEqual([{ n: 0 }]);
    });

    it('takes names longer than an index holds', async () => {
      const record = callRecord({
        target: { provider: 'openai', model: 'm'.repeat(20_000) },
        team: 't'.repeat(9_000),
      });
      expect(await store([record])).toBe(1);
    });

    it('takes bodies of many megabytes', async () => {
      const record = callRecord({
        requestBody: 'é"\\'.repeat(2_000_000),
        responseBody: 'x'.repeat(3_000_000),
      });
      expect(await store([record])).toBe(1);
      const [row] = await sql.query('select length(request_body) as length from illm.calls where id = $1', [
        record.id,
      ]);
      expect(row).toEqual({ length: 6_000_000 });
    });

    it('writes from several gateways at once without losing or doubling', async () => {
      const records = Array.from({ length: 400 }, (_, index) =>
        callRecord({
          team: `team ${index % 7}`,
          keyId: `key ${index % 5}`,
          totalMs: index + 1,
          decisions: [
            { stage: SAVED[index % 3] ?? '', action: 'acted', why: '', atMs: 0, savedUsd: `0.00${index}` },
          ],
        }),
      );
      const shuffled = [0, 1, 2, 3].map((turn) =>
        [...records.slice(turn * 100), ...records.slice(0, turn * 100)].reverse(),
      );
      const counts = await Promise.all(shuffled.map((all) => store(all)));
      expect(counts.reduce((sum, count) => sum + count)).toBe(400);
      for (const table of SPEND) expect(await rolledUp(sql, table)).toEqual(totals(records));
      expect(await savingsRolledUp(sql)).toEqual(savingsTotals(records));
    });
  });
}

interface Totals {
  readonly calls: number;
  readonly errors: number;
  readonly unpriced: number;
  readonly costUsd: string;
  readonly usage: readonly number[];
}

function totals(records: readonly CallRecord[]): Totals {
  return {
    calls: records.length,
    errors: records.filter(({ status }) => status === 'error').length,
    unpriced: records.filter(({ unpriced }) => unpriced).length,
    costUsd: usdFromPico(records.reduce((sum, { costUsd }) => sum + picoFromUsd(costUsd ?? '0'), 0n)),
    usage: USAGE_KINDS.map((kind) => records.reduce((sum, { usage }) => sum + usage[kind], 0)),
  };
}

/** Calls and exact dollars by lever; under null, of all levers together. */
type SavingsTotals = readonly (readonly [lever: string | null, calls: number, savedUsd: string])[];

function savingsTotals(records: readonly CallRecord[]): SavingsTotals {
  const saved = records.map(({ decisions }) => savingsOf(decisions)).filter((one) => one !== null);
  const sum = (amounts: readonly string[]): string =>
    usdFromPico(amounts.reduce((total, usd) => total + picoFromUsd(usd), 0n));
  const all: SavingsTotals =
    saved.length === 0 ? [] : [[null, saved.length, sum(saved.flatMap((one) => Object.values(one)))]];
  const levers = SAVED.flatMap((lever): SavingsTotals => {
    const amounts = saved.flatMap((one) => one[lever] ?? []);
    return amounts.length === 0 ? [] : [[lever, amounts.length, sum(amounts)]];
  });
  return [...levers, ...all];
}

async function savingsRolledUp(sql: Sql): Promise<SavingsTotals> {
  const rows = await sql.query<{ lever: string | null; calls: number; saved: string }>(
    `select lever, sum(calls)::bigint as calls, sum(saved_usd) as saved from illm.savings_hourly group by lever order by lever`,
  );
  return rows.map(({ lever, calls, saved }) => [lever, calls, usdFromPico(picoFromUsd(saved))]);
}

async function rolledUp(sql: Sql, table: string): Promise<Totals> {
  const sums = USAGE_FIELDS.map(({ column, kind }) => `coalesce(sum(${column}), 0)::bigint as "${kind}"`);
  const [row] = await sql.query<Record<string, number> & { costUsd: string; unpriced: number }>(
    `select coalesce(sum(calls), 0)::bigint as calls, coalesce(sum(errors), 0)::bigint as errors,
       coalesce(sum(unpriced_calls), 0)::bigint as unpriced, coalesce(sum(cost_usd), 0) as "costUsd", ${sums.join(', ')}
     from illm.${table}`,
  );
  return {
    calls: row?.['calls'] ?? -1,
    errors: row?.['errors'] ?? -1,
    unpriced: row?.unpriced ?? -1,
    costUsd: usdFromPico(picoFromUsd(row?.costUsd ?? '0')),
    usage: USAGE_KINDS.map((kind) => row?.[kind] ?? -1),
  };
}

/** Any record that a gateway could write; times within a few days, so that partitions stay few. */
function anyRecord(): fc.Arbitrary<CallRecord> {
  const text = fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replaceAll('\0', ' '));
  const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
  const ms = fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const usd = fc.bigInt({ min: 0n, max: 10n ** 16n }).map(usdFromPico);
  const count = fc.oneof(fc.constant(0), fc.nat({ max: 2_000_000_000 }));
  const decision = fc
    .record({
      stage: fc.constantFrom(...SAVED),
      why: text,
      savedUsd: orNull(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 16n }).map(usdFromPico)),
    })
    .map(({ savedUsd, ...set }) => ({
      ...set,
      action: 'acted',
      atMs: 1,
      ...(savedUsd !== null && { savedUsd }),
    }));
  const start = fc.integer({ min: Date.UTC(2026, 10, 20), max: Date.UTC(2026, 10, 23) });
  return fc
    .record({
      start,
      status: fc.constantFrom('ok', 'error', 'aborted'),
      httpStatus: fc.constantFrom(200, 429, 499, 502),
      errorCode: orNull(fc.constantFrom('upstream_error', 'rate_limited')),
      errorMessage: orNull(text),
      stream: fc.boolean(),
      requestedModel: text,
      target: orNull(fc.record({ provider: fc.constantFrom('openai', 'google'), model: text })),
      servedModel: orNull(text),
      attempts: fc.nat({ max: 9 }),
      keyId: orNull(fc.constantFrom('k1', 'k2')),
      keyName: orNull(text),
      team: orNull(fc.constantFrom('a', '', 'b')),
      user: orNull(text),
      session: orNull(text),
      tags: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
      usage: fc.record(Object.fromEntries(USAGE_KINDS.map((kind) => [kind, count]))).map(usageOf),
      usageSource: fc.constantFrom('provider', 'estimated', null),
      costUsd: orNull(usd),
      unpriced: fc.boolean(),
      ttftMs: orNull(ms),
      totalMs: ms,
      overheadMs: ms,
      warnings: fc.array(text, { maxLength: 2 }),
      decisions: fc.array(decision, { maxLength: 3 }),
      requestBody: orNull(text),
    })
    .map(({ start: at, ...set }) =>
      callRecord({ ...set, startedAt: new Date(at).toISOString(), id: uuidv7(at) }),
    );
}
