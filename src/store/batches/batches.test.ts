import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRecord } from '../../../test/services/call-record.ts';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { POSTGRES, startPostgres } from '../../../test/services/postgres.ts';
import { silentLog } from '../../../test/services/silent-log.ts';
import type { BatchStore, NewBatch, NewItem } from '../../core/batch.ts';
import { insertCalls } from '../ledger/insert.ts';
import { partitionsOf } from '../ledger/partitions.ts';
import { rowText } from '../ledger/row.ts';
import { migrate } from '../migrate.ts';
import { openPglite } from '../sql/pglite.ts';
import { openPostgres } from '../sql/postgres.ts';
import type { Sql } from '../sql/sql.ts';
import { createBatches } from './batches.ts';
import { createBatchReports } from './reports.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const DAY_MS = 86_400_000;

function newBatch(id: string, tenant = 'a'): NewBatch {
  return {
    id: `batch_${id}`,
    tenant,
    caller: { keyId: null, keyName: 'k', team: null, user: null, tags: { app: 'x' } },
    endpoint: '/v1/chat/completions',
    inputFileId: 'file-1',
    metadata: { job: '7' },
    createdAt: NOW,
    expiresAt: NOW + DAY_MS,
  };
}

const items = (...models: string[]): NewItem[] =>
  models.map((model, index) => ({
    line: index + 1,
    customId: `c${index + 1}`,
    model,
    request: `{"model":"${model}","n":"\\u0000é"}`,
  }));

function contract(open: () => Promise<{ sql: Sql; close: () => Promise<void> }>, skip = false): void {
  let sql: Sql;
  let close: () => Promise<void>;
  let store: BatchStore;

  beforeAll(async () => {
    if (skip) return;
    ({ sql, close } = await open());
    await migrate(sql);
    store = createBatches(sql);
  });
  afterAll(async () => {
    if (skip) return;
    await sql.close();
    await close();
  });
  const check = it.skipIf(skip);

  async function textOf(tenant: string, id: string | null): Promise<string | null> {
    const file = id === null ? null : await store.file(tenant, id);
    if (!file) return null;
    let text = '';
    for await (const piece of store.content(file)) text += piece;
    return text;
  }

  check('keeps a file whole, for its tenant alone, until it is removed', async () => {
    const text = `${'x😀"\\\n'.repeat(300_000)}😀`;
    const file = {
      id: 'file-1',
      tenant: 'a',
      filename: 'in.jsonl',
      bytes: Buffer.byteLength(text),
      createdAt: NOW,
      expiresAt: NOW + DAY_MS,
    };
    await store.addFile(file, text);
    await store.addFile({ ...file, id: 'file-2', bytes: 0 }, '');
    expect(await textOf('a', 'file-1')).toBe(text);
    expect(await textOf('a', 'file-2')).toBe('');
    expect(await store.file('b', 'file-1')).toBeNull();
    expect(await store.removeFile('b', 'file-1')).toBe(false);
    expect(await store.storedBytes('a')).toBe(file.bytes);
    expect(await store.storedBytes('b')).toBe(0);
    const page = { limit: 1, after: null, order: 'desc', purpose: 'batch' } as const;
    const [newest] = await store.files('a', page);
    expect(newest).toMatchObject({ id: 'file-2', purpose: 'batch', createdAt: NOW });
    expect((await store.files('a', { ...page, after: 'file-2' })).map(({ id }) => id)).toEqual(['file-1']);
    expect(await store.files('a', { ...page, purpose: 'batch_output' })).toEqual([]);
    expect(await store.removeFile('a', 'file-1')).toBe(true);
    expect(await textOf('a', 'file-1')).toBeNull();
    expect(await sql.query(`select 1 from illm.file_pieces where file_id = 'file-1'`)).toEqual([]);
  });

  check('leases a batch to one owner at a time', async () => {
    await store.create(newBatch('1'));
    const leased = await store.lease('me', 60_000);
    expect(leased).toMatchObject({
      id: 'batch_1',
      status: 'validating',
      metadata: { job: '7' },
      createdAt: NOW,
    });
    expect(await store.lease('other', 60_000)).toBeNull();
    expect(await store.renew('me', 60_000)).toEqual(['batch_1']);
    expect(await store.held('batch_1', 'other')).toBeNull();
    await sql.exec(`update illm.batches set lease_until = now() - interval '1 second'`);
    expect(await store.renew('me', 60_000)).toEqual([]);
    expect(await store.held('batch_1', 'me')).toBeNull();
    expect(await store.run('batch_1', 'me', 1, NOW)).toBe(false);
    expect((await store.lease('other', 60_000))?.id).toBe('batch_1');
    await store.release('batch_1', 'me');
    expect(await store.held('batch_1', 'other')).not.toBeNull();
    await store.release('batch_1', 'other');
  });

  check('takes each item from waiting to done once', async () => {
    const id = 'batch_1';
    await store.lease('me', 60_000);
    const wrong = [{ line: 4, customId: '', result: '{"error":"no JSON"}' }];
    await store.addItems(id, items('m1', 'm2', 'm1'), wrong);
    await store.addItems(id, items('m1', 'm2', 'm1'), wrong);
    await store.begin(id, NOW);
    expect(await store.held(id, 'me')).toMatchObject({
      status: 'in_progress',
      total: 4,
      failed: 1,
      completed: 0,
    });
    expect(await store.waitingModels(id)).toEqual([
      { model: 'm1', count: 2 },
      { model: 'm2', count: 1 },
    ]);
    await store.spool(id, { model: 'm2' });
    const { items: waiting } = await store.waiting(id, 10, NOW);
    expect(waiting).toMatchObject([{ line: 2, customId: 'c2', attempt: 0, startedAt: null }]);
    expect(waiting[0]?.request).toBe('{"model":"m2","n":"\\u0000é"}');
    expect(await store.run(id, 'other', 2, NOW)).toBe(false);
    expect(await store.run(id, 'me', 2, NOW)).toBe(true);
    expect(await store.run(id, 'me', 2, NOW)).toBe(false);
    await store.resume(id);
    expect((await store.waiting(id, 10, NOW)).items).toMatchObject([{ line: 2, attempt: 0, startedAt: NOW }]);
    await store.run(id, 'me', 2, NOW);
    await store.retry(id, 'other', 2, NOW + 9000);
    await store.retry(id, 'me', 2, NOW + 5000);
    expect(await store.waiting(id, 10, NOW)).toEqual({ items: [], nextAt: NOW + 5000 });
    expect((await store.waiting(id, 10, NOW + 5000)).items).toMatchObject([{ attempt: 1, startedAt: null }]);
    await store.finishItems(id, [{ line: 2, ok: true, result: '{"two":1}' }]);
    await store.finishItems(id, [{ line: 2, ok: false, result: 'again' }]);
    expect(await store.held(id, 'me')).toMatchObject({ completed: 1, failed: 1 });
    expect(await store.open(id)).toBe(true);
  });

  check('knows which items a provider has, also before it was sent', async () => {
    const id = 'batch_1';
    const given = { id: 's1', batchId: id, provider: 'openai', model: 'm1', intendedAt: NOW, pollAt: NOW };
    expect(await store.intend(given)).toBe(2);
    expect(await store.intend({ ...given, id: 's2' })).toBe(0);
    await store.closeSubmission('s2');
    expect(await store.submissions(id)).toEqual([{ ...given, state: 'intended', remoteId: null, polls: 0 }]);
    expect((await store.submissionItems('s1')).map(({ line }) => line)).toEqual([1, 3]);
    expect(await store.unfinished(id, 10)).toEqual([]);
    await store.sent('s1', 'remote_1', NOW + 1000);
    await store.polled('s1', NOW + 2000);
    expect(await store.submissions(id)).toMatchObject([
      { state: 'sent', remoteId: 'remote_1', polls: 1, pollAt: NOW + 2000 },
    ]);
    expect(await store.remoteIds('openai')).toEqual(['remote_1']);
    await store.finishItems(id, [{ line: 3, ok: true, result: '{"three":1}' }]);
    expect((await store.submissionItems('s1')).map(({ line }) => line)).toEqual([1]);
    await store.spool(id, { submission: 's1' });
    expect(await store.submissions(id)).toEqual([]);
    expect((await store.waiting(id, 10, NOW)).items.map(({ line }) => line)).toEqual([1]);
    expect(await store.unfinished(id, 10)).toEqual([{ line: 1, customId: 'c1' }]);
  });

  check('tells of batches to who looks after the gateway, with what the ledger has of them', async () => {
    const reports = createBatchReports(sql, () => NOW);
    const id = 'batch_1';
    const startedAt = new Date(NOW).toISOString();
    const ofIt = { startedAt, session: id, tags: { 'illm-purpose': 'batch' } };
    const rows = [
      callRecord({ ...ofIt, serviceTier: 'batch', costUsd: '0.000135' }),
      callRecord({ ...ofIt, target: { provider: 'own', model: 'm2' }, costUsd: '0.001' }),
    ];
    await insertCalls(sql, partitionsOf(sql), rows.map(rowText));
    const [batch] = await reports.list({ limit: 5, after: null });
    expect(batch).toMatchObject({
      id,
      waiting: 1,
      running: 0,
      submitted: 0,
      costUsd: '0.001135',
      unpricedCalls: 0,
    });
    expect(batch?.carriers).toEqual(
      expect.arrayContaining([
        { provider: 'openai', asBatch: true, calls: 1 },
        { provider: 'own', asBatch: false, calls: 1 },
        { provider: null, asBatch: false, calls: 1 },
      ]),
    );
    expect(await reports.list({ limit: 5, after: id })).toEqual([]);
    expect(await reports.find('batch_none')).toBeNull();
    const page = { limit: 10, after: 0, state: null };
    const shown = await reports.items(id, page);
    expect(shown.map(({ line, state }) => `${line} ${state}`)).toEqual([
      '1 waiting',
      '2 answered',
      '3 answered',
      '4 failed',
    ]);
    expect((await reports.items(id, { ...page, state: 'failed' })).map(({ line }) => line)).toEqual([4]);
    expect((await reports.items(id, { ...page, after: 3 })).map(({ line }) => line)).toEqual([4]);
  });

  check('ends once, with an output and an error file in the order of the input', async () => {
    const id = 'batch_1';
    await store.finishItems(id, [{ line: 1, ok: false, result: '{"one":"ü"}' }]);
    expect(await store.open(id)).toBe(false);
    await store.end(id, 'completed', NOW, NOW + DAY_MS);
    await store.end(id, 'expired', NOW, NOW + DAY_MS);
    const ended = await store.batch('a', id);
    expect(ended).toMatchObject({ status: 'completed', total: 4, completed: 2, failed: 2, endedAt: NOW });
    expect(await textOf('a', ended?.outputFileId ?? null)).toBe('{"two":1}\n{"three":1}\n');
    expect(await textOf('a', ended?.errorFileId ?? null)).toBe('{"one":"ü"}\n{"error":"no JSON"}\n');
    const errors = await store.file('a', ended?.errorFileId ?? '');
    expect(errors).toMatchObject({
      purpose: 'batch_output',
      bytes: Buffer.byteLength('{"one":"ü"}\n{"error":"no JSON"}\n'),
    });
    expect(await store.lease('me', 1000)).toBeNull();
    expect(await store.removeFile('a', ended?.outputFileId ?? '')).toBe(true);
    expect(await sql.query('select line from illm.batch_items where ok and result is not null')).toEqual([]);
    expect(await textOf('a', ended?.errorFileId ?? null)).toContain('one');
  });

  check('cancels what is not over, lists the newest first, and forgets in time', async () => {
    await store.create(newBatch('2'));
    await store.create(newBatch('3', 'b'));
    expect(await store.cancel('b', 'batch_2', NOW)).toBeNull();
    expect(await store.cancel('a', 'batch_2', NOW)).toMatchObject({
      status: 'cancelling',
      cancellingAt: NOW,
    });
    expect(await store.cancel('a', 'batch_1', NOW)).toMatchObject({ status: 'completed' });
    await store.fail('batch_3', [{ code: 'empty_file', message: 'Nothing.', line: null, param: null }], NOW);
    expect(await store.batch('b', 'batch_3')).toMatchObject({
      status: 'failed',
      problems: [{ code: 'empty_file' }],
    });
    const page = { limit: 10, after: null };
    expect((await store.batches('a', page)).map(({ id }) => id)).toEqual(['batch_2', 'batch_1']);
    expect((await store.batches('a', { limit: 1, after: 'batch_2' })).map(({ id }) => id)).toEqual([
      'batch_1',
    ]);
    await store.purge(NOW + DAY_MS);
    expect((await store.batches('a', page)).map(({ id }) => id)).toEqual(['batch_2']);
    expect(await store.files('a', { limit: 10, after: null, order: 'asc', purpose: null })).toEqual([]);
    expect(await sql.query('select 1 from illm.batch_items')).toEqual([]);
  });
}

describe('batches in the embedded store', () => {
  contract(async () => {
    const directory = await freshPgliteDirectory();
    return {
      sql: await openPglite(directory),
      close: async () => rmSync(directory, { recursive: true, force: true }),
    };
  });
});

describe(`batches in PostgreSQL${POSTGRES.note}`, () => {
  contract(async () => {
    const service = await startPostgres();
    return { sql: openPostgres(await service.freshDatabase(), silentLog), close: () => service.stop() };
  }, !POSTGRES.available);
});
