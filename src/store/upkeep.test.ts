import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callRecord } from '../../test/services/call-record.ts';
import { freshPgliteDirectory } from '../../test/services/pglite.ts';
import { silentLog } from '../../test/services/silent-log.ts';
import { systemClock } from '../core/clock.ts';
import { startHousekeeping } from './housekeeping.ts';
import { insertCalls } from './ledger/insert.ts';
import { partitionsOf } from './ledger/partitions.ts';
import { rowText } from './ledger/row.ts';
import { createMachineTime } from './machine-time.ts';
import { migrate } from './migrate.ts';
import { createQueries } from './queries/queries.ts';
import { openPglite } from './sql/pglite.ts';
import type { Sql } from './sql/sql.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
let directory: string;
let sql: Sql;
beforeAll(async () => {
  directory = await freshPgliteDirectory();
  sql = await openPglite(directory);
  await migrate(sql);
});
afterAll(async () => {
  await sql.close();
  rmSync(directory, { recursive: true, force: true });
});

it('keeps partitions ahead and drops old days, but not what they cost', async () => {
  const partitions = partitionsOf(sql);
  const at = ['2026-11-10T12:00:00.000Z', '2026-11-17T12:00:00.000Z', '2026-11-24T11:00:00.000Z'];
  const records = at.map((startedAt) => callRecord({ startedAt, costUsd: '1' }));
  await insertCalls(sql, partitions, records.map(rowText));
  const housekeeping = startHousekeeping({
    sql,
    partitions,
    clock: { ...systemClock, now: () => NOW },
    log: silentLog,
    retentionDays: 7,
  });
  await housekeeping.daily();
  await housekeeping.tidy();
  housekeeping.stop();
  const tables = await sql.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'illm.calls'::regclass order by 1`,
  );
  expect(tables.map(({ name }) => name.slice(-8))).toEqual(['20261117', '20261124', '20261125', '20261126']);
  const queries = createQueries(sql, systemClock);
  expect(await Promise.all(records.map(async ({ id }) => (await queries.call(id)) !== null))).toEqual([
    false,
    true,
    true,
  ]);
  const [spent] = await sql.query('select sum(cost_usd)::float8 as usd from illm.spend_daily');
  expect(spent).toEqual({ usd: 3 });
});

it('checkpoints the embedded store after enough was written', async () => {
  const seen: string[] = [];
  const watched: Sql = {
    ...sql,
    query: async <Row extends object>(text: string) => {
      if (text.includes('wal_lsn'))
        return [{ bytes: seen.length === 0 ? 600 * 2 ** 20 : 601 * 2 ** 20 }] as Row[];
      return sql.query<Row>(text);
    },
    exec: async (text) => {
      seen.push(text);
      await sql.exec(text);
    },
  };
  const housekeeping = startHousekeeping({
    sql: watched,
    partitions: partitionsOf(sql),
    clock: systemClock,
    log: silentLog,
    retentionDays: null,
  });
  await housekeeping.tidy();
  expect(seen[0]).toBe('checkpoint');
  expect(seen).toContain('vacuum illm.spend_hourly');
  const before = seen.length;
  await housekeeping.tidy();
  expect(seen).toHaveLength(before);
  housekeeping.stop();
});

it('tells the planner of the days of calls that changed, and only of those', async () => {
  const partitions = partitionsOf(sql);
  const linesOf = (day: string, count: number): string[] =>
    Array.from({ length: count }, () => rowText(callRecord({ startedAt: `${day}T11:30:00.000Z` })));
  await insertCalls(sql, partitions, [...linesOf('2026-11-22', 30), ...linesOf('2026-11-23', 900)]);
  let written = 0;
  const watched: Sql = {
    ...sql,
    query: async <Row extends object>(text: string) =>
      text.includes('wal_lsn') ? ([{ bytes: (written += 600 * 2 ** 20) }] as Row[]) : sql.query<Row>(text),
  };
  const housekeeping = startHousekeeping({
    sql: watched,
    partitions,
    clock: systemClock,
    log: silentLog,
    retentionDays: null,
  });
  const analyzed = async (): Promise<Record<string, number>> => {
    const tables = await sql.query<{ name: string; times: number }>(
      `select relname as name, analyze_count::int as times from pg_stat_all_tables
       where schemaname = 'illm' and (relname like 'calls_202611%' or relname = 'calls')`,
    );
    return Object.fromEntries(tables.map(({ name, times }) => [name, times]));
  };
  // What a statement changed is counted a second later at the latest.
  await expect
    .poll(
      async () => {
        await housekeeping.tidy();
        return analyzed();
      },
      { timeout: 10_000, interval: 300 },
    )
    .toMatchObject({ calls: 1, calls_20261122: 0, calls_20261123: 1 });
  await housekeeping.tidy();
  expect(await analyzed()).toMatchObject({ calls: 1, calls_20261123: 1 });
  housekeeping.stop();
});

it('adds up the time of machines by provider', async () => {
  const machines = createMachineTime(sql);
  const row = (at: number, provider: string, busyMs: number) => ({
    at,
    provider,
    busyMs,
    idleMs: 1,
    busyCostUsd: '0.000000000001',
    idleCostUsd: '0.5',
  });
  await machines.add([]);
  await machines.add([
    row(NOW, 'vllm', 10.5),
    row(NOW + 1, 'vllm', 1),
    row(NOW + 3_600_000, 'vllm', 2),
    row(NOW, 'a', 7),
  ]);
  await machines.add([row(NOW + 2, 'vllm', 100)]);
  expect(await machines.totals(NOW + 1)).toEqual([
    expect.objectContaining({ provider: 'a', busyMs: 7, idleCostUsd: '0.500000' }),
    {
      provider: 'vllm',
      since: '2026-11-24T12:00:00.000Z',
      busyMs: 113.5,
      idleMs: 4,
      busyCostUsd: '0.000000000004',
      idleCostUsd: '2.000000',
    },
  ]);
  expect(await machines.totals(NOW + 3_600_000)).toEqual([expect.objectContaining({ busyMs: 2 })]);
});
