import { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import type { VirtualKey } from '../../src/core/key.ts';
import { createHold } from '../fakes/index.ts';
import {
  CHAT,
  own,
  sql,
  gateway,
  start,
  stop,
  sdk,
  chat,
  upload,
  create,
  ended,
  linesOf,
  textIn,
} from './batch-gateway.ts';

describe('a batch of calls that the gateway makes itself', () => {
  it('goes through the pipeline, each call once', async () => {
    await start({ concurrency: 3 });
    const lines = Array.from({ length: 25 }, (_, index) => chat(`c${index}`, 'our-model', `Q${index}`));
    const batch = await ended((await create(lines)).id);
    expect(batch.request_counts).toEqual({ total: 25, completed: 25, failed: 0 });
    expect((await linesOf(batch.output_file_id)).map(textIn)).toEqual(
      lines.map((_, index) => `Re: Q${index}`),
    );
    expect(own.requests).toHaveLength(25);
    expect(gateway.rows).toHaveLength(25);
    // 1,000 × $1 / 1M + 200 × $2 / 1M
    expect(new Set(gateway.rows.map(({ costUsd }) => costUsd))).toEqual(new Set(['0.001400']));
    expect(gateway.rows[0]).toMatchObject({ session: batch.id, tags: { 'illm-purpose': 'batch' } });
  });

  it('is run by one of several gateways', async () => {
    await start();
    const other = gateway;
    await start();
    const lines = Array.from({ length: 40 }, (_, index) => chat(`c${index}`, 'our-model', `Q${index}`));
    const created = await Promise.all([create(lines), create(lines), create(lines)]);
    const batches = await Promise.all(created.map(({ id }) => ended(id)));
    expect(batches.map(({ request_counts: counts }) => counts?.completed)).toEqual([40, 40, 40]);
    expect(own.requests).toHaveLength(120);
    const ids = [...gateway.rows, ...other.rows].map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([120, 120]);
    await other.gateway.drain(1000);
    await other.close();
  });

  it('goes on after a shutdown in the middle of a call, which has a row of its own', async () => {
    await start();
    const hold = createHold();
    own.failNext({ kind: 'hold', hold });
    const { id } = await create([chat('a', 'our-model', 'A')]);
    await hold.arrived;
    await gateway.gateway.drain(50);
    const cut = gateway;
    await cut.close();
    expect(cut.rows).toMatchObject([{ errorCode: 'client_aborted' }]);
    await start();
    expect((await ended(id)).request_counts?.completed).toBe(1);
    expect(gateway.rows).toMatchObject([{ status: 'ok', costUsd: '0.001400' }]);
    expect(gateway.rows[0]?.id).not.toBe(cut.rows[0]?.id);
    hold.releaseAll();
  });

  it('waits for its hours, and expires when they do not come', async () => {
    const now = new Date();
    const minute = (now.getUTCHours() * 60 + now.getUTCMinutes() + 720) % 1440;
    await start({ windows: [{ from: minute, to: (minute + 1) % 1440 }] });
    const { id } = await create([chat('a', 'our-model', 'A')]);
    while ((await sdk().batches.retrieve(id)).status === 'validating')
      await new Promise((resolve) => setTimeout(resolve, 10));
    await sql.query(`update illm.batches set expires_at = now() - interval '1 minute' where id = $1`, [id]);
    await stop();
    await start({ windows: [{ from: minute, to: (minute + 1) % 1440 }] });
    const batch = await ended(id);
    expect(batch).toMatchObject({ status: 'expired', request_counts: { failed: 1 } });
    expect(await linesOf(batch.error_file_id)).toMatchObject([{ error: { code: 'batch_expired' } }]);
    expect(own.requests).toEqual([]);
  });

  it('puts wrong lines into the error file and calls the others', async () => {
    await start();
    const batch = await ended(
      (
        await create([
          'no json',
          chat('a', 'our-model', 'A'),
          chat('a', 'our-model', 'B'),
          { ...chat('b', 'our-model', 'C'), url: '/v1/embeddings' },
          chat('d', 'no-such-model-anywhere', 'D'),
        ])
      ).id,
    );
    expect(batch.request_counts).toEqual({ total: 5, completed: 1, failed: 4 });
    const errors = await linesOf(batch.error_file_id);
    expect(errors.map(({ custom_id, error }) => [custom_id, error?.code])).toEqual([
      [null, 'invalid_json_line'],
      ['a', 'duplicate_custom_id'],
      ['b', 'mismatched_url'],
      ['d', undefined],
    ]);
    const failed = await ended((await create(['[]', '{"custom_id":"x"}'])).id);
    expect(failed.status).toBe('failed');
    expect(failed.errors?.data).toMatchObject([{ line: 1, code: 'invalid_json_line' }, { line: 2 }]);
  });

  it('tries again what may pass, and each try has a row of its own', async () => {
    await start();
    own.failNext({ kind: 'status', status: 400 });
    const batch = await ended((await create([chat('a', 'our-model', 'A'), chat('b', 'our-model', 'B')])).id);
    expect(batch.request_counts).toMatchObject({ completed: 1, failed: 1 });
    expect(gateway.rows).toHaveLength(2);
  });
});

describe('files', () => {
  it('are listed, read and deleted by their own tenant alone', async () => {
    const key = (id: string, team: string | null): VirtualKey =>
      ({
        id,
        name: id,
        prefix: 'sk-illm-',
        team,
        user: null,
        tags: {},
        scope: 'call',
      }) as unknown as VirtualKey;
    await start(
      {},
      { keys: { 'sk-illm-a1': key('a1', 'a'), 'sk-illm-a2': key('a2', 'a'), 'sk-illm-b': key('b', null) } },
    );
    const [a1, a2, b] = [sdk('sk-illm-a1'), sdk('sk-illm-a2'), sdk('sk-illm-b')];
    const id = await upload([chat('a', 'our-model', 'Ä😀')], a1);
    expect((await a2.files.retrieve(id)).purpose).toBe('batch');
    expect(await (await a2.files.content(id)).text()).toContain('Ä😀');
    const listed: string[] = [];
    for await (const file of await a2.files.list({ limit: 1 })) listed.push(file.id);
    expect(listed).toContain(id);
    for (const attempt of [b.files.retrieve(id), b.files.content(id), b.files.delete(id)])
      await expect(attempt).rejects.toMatchObject({ status: 404 });
    expect((await b.files.list()).data).toEqual([]);
    await expect(
      b.batches.create({ completion_window: '24h', endpoint: CHAT, input_file_id: id }),
    ).rejects.toMatchObject({ status: 404 });
    const batch = await a1.batches.create({ completion_window: '24h', endpoint: CHAT, input_file_id: id });
    await expect(b.batches.retrieve(batch.id)).rejects.toMatchObject({ status: 404 });
    await expect(b.batches.cancel(batch.id)).rejects.toMatchObject({ status: 404 });
    expect((await b.batches.list()).data).toEqual([]);
    expect((await a2.batches.list()).data.map((each) => each.id)).toContain(batch.id);
    expect((await ended(batch.id, a2)).status).toBe('completed');
    expect(gateway.rows).toMatchObject([{ keyId: 'a1', team: 'a' }]);
    expect(await a1.files.delete(id)).toMatchObject({ deleted: true });
    await expect(a1.files.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  it('are bounded in size, and of batches only', async () => {
    await start({ maxFileBytes: 100, maxStoredBytes: 150 });
    const big = { purpose: 'batch', file: await toFile(Buffer.alloc(101, 120), 'x.jsonl') } as const;
    await expect(sdk().files.create(big)).rejects.toMatchObject({ status: 413 });
    const file = await toFile(Buffer.from('{}'), 'x.jsonl');
    await expect(sdk().files.create({ purpose: 'user_data', file })).rejects.toMatchObject({ status: 400 });
    const binary = await toFile(Buffer.from([0xff, 0x00]), 'x.jsonl');
    await expect(sdk().files.create({ purpose: 'batch', file: binary })).rejects.toMatchObject({
      status: 400,
    });
  });
});
