import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRecord } from '../../../test/services/call-record.ts';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { POSTGRES, startPostgres } from '../../../test/services/postgres.ts';
import { silentLog } from '../../../test/services/silent-log.ts';
import { systemClock } from '../../core/clock.ts';
import type { ExampleStore, NewExample } from '../../core/examples.ts';
import { startHousekeeping } from '../housekeeping.ts';
import { insertCalls } from '../ledger/insert.ts';
import { partitionsOf } from '../ledger/partitions.ts';
import { rowText } from '../ledger/row.ts';
import { migrate } from '../migrate.ts';
import { createFeedback } from '../routing/feedback.ts';
import { openPglite } from '../sql/pglite.ts';
import { openPostgres } from '../sql/postgres.ts';
import type { Sql } from '../sql/sql.ts';
import { createExamples } from './examples.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const SECOND_MS = 1_000;

function examplesContract(open: () => Promise<{ sql: Sql; close: () => Promise<void> }>, skip = false): void {
  let sql: Sql;
  let close: () => Promise<void>;
  let examples: ExampleStore;
  /** Ids of the same millisecond come in no order. */
  let madeAt = NOW - 3_600_000;

  beforeAll(async () => {
    if (skip) return;
    ({ sql, close } = await open());
    await migrate(sql);
    examples = createExamples(sql);
  });
  afterAll(async () => {
    if (skip) return;
    await sql.close();
    await close();
  });

  async function rate(callId: string, score: number): Promise<void> {
    await createFeedback(sql).put({
      callId,
      at: NOW,
      score,
      comment: null,
      task: 'chat',
      requestedModel: 'fast',
      target: { provider: 'openai', model: 'gpt-4o' },
      keyId: null,
    });
  }

  /** A rated call, kept as an example. */
  async function keep(change: Partial<NewExample> = {}, score = 1, most = 100): Promise<NewExample> {
    madeAt += SECOND_MS;
    const record = callRecord({ startedAt: change.startedAt ?? new Date(madeAt).toISOString() });
    await insertCalls(sql, partitionsOf(sql), [rowText(record)]);
    await rate(record.id, score);
    const example: NewExample = {
      callId: record.id,
      startedAt: record.startedAt,
      tenant: 'one',
      task: 'chat',
      requestedModel: 'fast',
      format: 'text',
      question: `What's "this"? \u{1f600}`,
      answer: 'It; drop table illm.examples; --',
      vector: Float32Array.of(0.1, -1, 1e-20),
      ...change,
    };
    await examples.put(example, most);
    return example;
  }

  const idsOf = async (tenant: string) => (await examples.of(tenant, 100)).map(({ callId }) => callId);

  it.skipIf(skip)('keeps an example bit for bit, for its tenant alone', async () => {
    const { tenant, startedAt, ...given } = await keep();
    expect(await examples.of('one', 10)).toEqual([{ ...given, rating: 1 }]);
    expect(await examples.of('two', 10)).toEqual([]);
    const { vector: _, format: __, ...listed } = given;
    expect(await examples.list({ limit: 10 })).toEqual([{ ...listed, tenant, startedAt, rating: 1 }]);
    expect(await examples.list({ limit: 10, task: 'code' })).toEqual([]);
    expect(await examples.list({ limit: 10, task: 'chat', requestedModel: "fast'" })).toEqual([]);
  });

  it.skipIf(skip)('knows the rating of now, and gives none whose call or rating is gone', async () => {
    const [a, b, c] = [
      await keep({ tenant: 'live' }),
      await keep({ tenant: 'live' }),
      await keep({ tenant: 'live' }),
    ];
    await rate(a.callId, 0.25);
    expect((await examples.of('live', 10)).map(({ callId, rating }) => [callId, rating])).toEqual([
      [c.callId, 1],
      [b.callId, 1],
      [a.callId, 0.25],
    ]);
    await sql.query('delete from illm.calls where id = $1', [b.callId]);
    await sql.query('delete from illm.feedback where call_id = $1', [c.callId]);
    expect(await idsOf('live')).toEqual([a.callId]);
    expect((await examples.list({ limit: 10 })).map(({ callId }) => callId)).not.toContain(b.callId);
  });

  it.skipIf(skip)('keeps the best-rated and newest of a tenant', async () => {
    const kept: NewExample[] = [];
    for (const score of [0.9, 1, 0.8, 1]) kept.push(await keep({ tenant: 'full' }, score, 2));
    expect(await idsOf('full')).toEqual([kept[3]?.callId, kept[1]?.callId]);
    const again = { ...kept[1], answer: 'Another.' } as NewExample;
    await examples.put(again, 2);
    expect((await examples.of('full', 10))[1]?.answer).toBe('Another.');
  });

  it.skipIf(skip)('removes one once, and nothing for a wrong id', async () => {
    const { callId } = await keep({ tenant: 'gone' });
    expect(await examples.remove(callId)).toBe('gone');
    expect(await examples.remove(callId)).toBeNull();
    expect(await examples.remove("'; drop table illm.examples; --")).toBeNull();
  });

  it.skipIf(skip)('goes with the days of its calls', async () => {
    const old = await keep({ tenant: 'old', startedAt: '2026-11-10T10:00:00.000Z' });
    const young = await keep({ tenant: 'old', startedAt: '2026-11-20T10:00:00.000Z' });
    const housekeeping = startHousekeeping({
      sql,
      partitions: partitionsOf(sql),
      clock: { ...systemClock, now: () => NOW },
      log: silentLog,
      retentionDays: 7,
    });
    await housekeeping.daily();
    housekeeping.stop();
    const rows = await sql.query(`select call_id as id from illm.examples where tenant = 'old'`);
    expect(rows).toEqual([{ id: young.callId }]);
    expect(await idsOf('old')).not.toContain(old.callId);
  });
}

describe('examples in the embedded store', () => {
  examplesContract(async () => {
    const directory = await freshPgliteDirectory();
    return {
      sql: await openPglite(directory),
      close: async () => rmSync(directory, { recursive: true, force: true }),
    };
  });
});

describe(`examples in PostgreSQL${POSTGRES.note}`, () => {
  examplesContract(async () => {
    const service = await startPostgres();
    return { sql: openPostgres(await service.freshDatabase(), silentLog), close: () => service.stop() };
  }, !POSTGRES.available);
});
