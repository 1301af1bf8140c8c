import { rmSync } from 'node:fs';
import type OpenAI from 'openai';
import { toFile } from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BatchSettings, USUAL_BATCH } from '../../src/core/batch.ts';
import type { VirtualKey } from '../../src/core/key.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { createBatches } from '../../src/store/batches/batches.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openPglite } from '../../src/store/sql/pglite.ts';
import type { Sql } from '../../src/store/sql/sql.ts';
import { createHold, type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { BUDGET, startLimited } from './admission-gateway.ts';
import { freshPgliteDirectory } from '../services/pglite.ts';

const USAGE = usageOf({ input: 1000, output: 200 });
/** gpt-4o-mini: 1,000 × $0.15 / 1M + 200 × $0.60 / 1M = $0.00027, and half of it in a batch. */
const MINI_BATCH_USD = '0.000135';
/** claude-haiku-4-5: 1,000 × $1 / 1M + 200 × $5 / 1M = $0.002, and half of it in a batch. */
const HAIKU_BATCH_USD = '0.001000';
const CHAT = '/v1/chat/completions';

let openai: FakeProvider;
let anthropic: FakeProvider;
let own: FakeProvider;
let directory: string;
let sql: Sql;
let gateway: Harness;

beforeAll(async () => {
  [openai, anthropic, own] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'anthropic' }),
    startFakeProvider({ api: 'openai-compatible' }),
  ]);
  directory = await freshPgliteDirectory();
  sql = await openPglite(directory);
  await migrate(sql);
});
afterAll(async () => {
  await sql.close();
  rmSync(directory, { recursive: true, force: true });
  await Promise.all([openai.close(), anthropic.close(), own.close()]);
});
beforeEach(() => {
  for (const provider of [openai, anthropic, own]) {
    provider.reset();
    provider.script((ask) =>
      scenarioOf(ask, { text: [`Re: ${ask.lastUserText}`], usage: USAGE, serviceTier: null }),
    );
  }
});
afterEach(() => stop());

async function start(
  batch: Partial<BatchSettings> = {},
  options: Partial<HarnessOptions> = {},
): Promise<void> {
  gateway = await startHarness({
    providers: {
      openai,
      anthropic,
      own: { kind: 'openai-compatible', baseUrl: own.baseUrl, models: ['our-model'] },
    },
    prices: { rules: [{ match: 'own/*', rates: { input: '1', output: '2' }, discount: null }] },
    services: { batches: createBatches(sql) },
    batch: { pollMs: 10, pollMaxMs: 20, ...batch },
    retry: { attempts: 1 },
    ...options,
  });
}

async function stop(): Promise<void> {
  await gateway.gateway.drain(1000);
  await gateway.close();
}

const sdk = (key = 'sk-test'): OpenAI => openAiClient({ origin: gateway.url, key });

const chat = (customId: string, model: string, text: string, more: object = {}): object => ({
  custom_id: customId,
  method: 'POST',
  url: CHAT,
  body: { model, messages: [{ role: 'user', content: text }], ...more },
});

async function upload(lines: readonly (object | string)[], client = sdk()): Promise<string> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const file = await client.files.create({
    purpose: 'batch',
    file: await toFile(Buffer.from(`${text}\n`), 'calls.jsonl'),
  });
  return file.id;
}

async function create(
  lines: readonly (object | string)[],
  endpoint: OpenAI.BatchCreateParams['endpoint'] = CHAT,
) {
  const input = await upload(lines);
  return await sdk().batches.create({
    completion_window: '24h',
    endpoint,
    input_file_id: input,
    metadata: { job: '7' },
  });
}

async function ended(id: string, client = sdk()): Promise<OpenAI.Batch> {
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) return batch;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Line {
  readonly custom_id: string;
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: OpenAI.ChatCompletion & { readonly error?: { readonly message: string } };
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

async function linesOf(file: string | undefined): Promise<readonly Line[]> {
  if (file === undefined) return [];
  const text = await (await sdk().files.content(file)).text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

const textIn = ({ response }: Line): string | null | undefined => response?.body.choices[0]?.message.content;
const decided = (row: CallRecord) => row.decisions.find(({ stage }) => stage === 'batch');

describe('a batch of calls to a provider that takes batches', () => {
  it('goes there at half price, and each row says what that saved', async () => {
    await start();
    const created = await create([
      chat('one', 'gpt-4o-mini', 'A', { stream: true }),
      chat('two', 'claude-haiku-4-5', 'B', { max_tokens: 50 }),
      chat('three', 'gpt-4o-mini', 'C'),
    ]);
    expect(created).toMatchObject({ object: 'batch', metadata: { job: '7' }, completion_window: '24h' });
    const batch = await ended(created.id);
    expect(batch).toMatchObject({
      status: 'completed',
      request_counts: { total: 3, completed: 3, failed: 0 },
    });
    expect(batch.error_file_id).toBeUndefined();
    const lines = await linesOf(batch.output_file_id);
    expect(lines.map((line) => [line.custom_id, line.response?.status_code, textIn(line)])).toEqual([
      ['one', 200, 'Re: A'],
      ['two', 200, 'Re: B'],
      ['three', 200, 'Re: C'],
    ]);
    expect(lines[1]?.response?.body).toMatchObject({
      object: 'chat.completion',
      usage: { prompt_tokens: 1000 },
    });
    expect(gateway.rows).toHaveLength(3);
    for (const row of gateway.rows) {
      const usd = row.target?.provider === 'anthropic' ? HAIKU_BATCH_USD : MINI_BATCH_USD;
      expect(row).toMatchObject({
        status: 'ok',
        serviceTier: 'batch',
        costUsd: usd,
        usage: USAGE,
        session: batch.id,
      });
      // Half is saved, half is paid.
      expect(decided(row)).toMatchObject({ action: 'sent', savedUsd: usd });
    }
    expect(new Set(lines.map((line) => line.response?.request_id))).toEqual(
      new Set(gateway.rows.map(({ id }) => id)),
    );
    expect([openai.batches.list.length, anthropic.batches.list.length]).toEqual([1, 0]);
    // What was stored there for it is deleted.
    expect(openai.batches.files).toEqual([]);
    expect(openai.requests.some(({ url }) => url === CHAT)).toBe(false);
  });

  it('maps answers to errors, too, and tells what was never begun', async () => {
    await start();
    openai.batches.dropped = ['-2'];
    const { id } = await create([
      chat('bad', 'gpt-4o-mini', 'A', { temperature: 9 }),
      chat('late', 'gpt-4o-mini', 'B'),
      chat('good', 'gpt-4o-mini', 'C'),
    ]);
    const batch = await ended(id);
    expect(batch.request_counts).toEqual({ total: 3, completed: 1, failed: 2 });
    const errors = await linesOf(batch.error_file_id);
    expect(errors.map(({ custom_id }) => custom_id)).toEqual(['bad', 'late']);
    expect(errors[0]?.response).toMatchObject({
      status_code: 400,
      body: { error: { type: 'invalid_request_error' } },
    });
    expect(errors[1]).toMatchObject({ response: null, error: { code: 'batch_expired' } });
    expect(
      gateway.rows
        .map(({ status, costUsd }) => `${status} ${costUsd}`)
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['error 0.000000', 'error 0.000000', `ok ${MINI_BATCH_USD}`]);
  });

  it('works for embeddings and responses, and for an alias', async () => {
    await start({}, { models: { cheap: ['openai/gpt-4o-mini'] } });
    const embed = { model: 'text-embedding-3-small', input: ['x', 'y'] };
    const embedding = await create(
      [{ custom_id: 'e', method: 'POST', url: '/v1/embeddings', body: embed }],
      '/v1/embeddings',
    );
    const response = {
      custom_id: 'r',
      method: 'POST',
      url: '/v1/responses',
      body: { model: 'cheap', input: 'Hi' },
    };
    const responses = await create([response], '/v1/responses');
    const done = [await ended(embedding.id), await ended(responses.id)];
    expect(done.map(({ request_counts: counts }) => counts?.completed)).toEqual([1, 1]);
    const [[embedded], [responded]] = [
      await linesOf(done[0]?.output_file_id),
      await linesOf(done[1]?.output_file_id),
    ];
    expect(embedded?.response?.body).toMatchObject({ object: 'list', data: [{ index: 0 }, { index: 1 }] });
    expect(responded?.response?.body).toMatchObject({ object: 'response' });
    const row = gateway.rows.find(({ requestedModel }) => requestedModel === 'cheap');
    expect(row).toMatchObject({
      costUsd: MINI_BATCH_USD,
      target: { provider: 'openai', model: 'gpt-4o-mini' },
    });
  });

  it('is made call by call when the provider refuses it, and the rows show the usual price', async () => {
    await start();
    openai.batches.failing = 'Enqueued token limit reached.';
    const batch = await ended((await create([chat('a', 'gpt-4o-mini', 'A')])).id);
    expect(batch.request_counts?.completed).toBe(1);
    expect(gateway.rows).toMatchObject([{ costUsd: '0.000270', serviceTier: null }]);
    expect(gateway.logged()).toContain('Enqueued token limit reached.');
  });

  it('can be cancelled, and says what was not done', async () => {
    await start();
    openai.batches.hold = true;
    const { id } = await create([chat('a', 'gpt-4o-mini', 'A')]);
    while (openai.batches.list.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await sdk().batches.cancel(id)).status).toBe('cancelling');
    const batch = await ended(id);
    expect(batch).toMatchObject({ status: 'cancelled', request_counts: { failed: 1 } });
    expect(openai.batches.list[0]?.status).toBe('cancelled');
    expect(await linesOf(batch.error_file_id)).toMatchObject([
      { custom_id: 'a', error: { code: 'batch_cancelled' } },
    ]);
  });
});

describe('a batch under a budget', () => {
  it('reserves what its calls may cost, refuses what has no room, and counts what they took', async () => {
    const budget = { ...BUDGET, limitUsd: '0.02' };
    gateway = await startLimited(
      { budgets: [budget] },
      {
        providers: { openai },
        services: { batches: createBatches(sql) },
        batch: { ...USUAL_BATCH, pollMs: 10, pollMaxMs: 20 },
      },
    );
    const max = { max_tokens: 1000 };
    const { id } = await create([
      chat('fits', 'gpt-4o-mini', 'A', max),
      chat('no-room', 'gpt-4o-mini', 'B', { max_tokens: 5000 }),
    ]);
    const batch = await ended(id);
    expect(batch.request_counts).toEqual({ total: 2, completed: 1, failed: 1 });
    expect(await linesOf(batch.error_file_id)).toMatchObject([
      { custom_id: 'no-room', response: { status_code: 402 } },
    ]);
    const refusedRow = gateway.rows.find(({ errorCode }) => errorCode === 'over_budget');
    const paid = gateway.rows.find(({ status }) => status === 'ok');
    // 1,000 × $1 / 1M + 200 × $10 / 1M: a configured price is the same in each tier.
    expect([refusedRow?.costUsd, paid?.costUsd]).toEqual(['0.000000', '0.003000']);
    const again = await ended((await create([chat('now', 'gpt-4o-mini', 'C', max)])).id);
    expect(again.request_counts?.completed).toBe(1);
  });
});

describe('a batch of which nobody knows whether the provider got it', () => {
  it.each([
    ['OpenAI', 'gpt-4o-mini', MINI_BATCH_USD, () => openai],
    ['Anthropic', 'claude-haiku-4-5', HAIKU_BATCH_USD, () => anthropic],
  ])('is found at %s and not given twice', async (_name, model, usd, provider) => {
    await start({ resendAfterMs: 60_000 });
    provider().batches.swallow = 1;
    const batch = await ended((await create([chat('a', model, 'A', { max_tokens: 50 })])).id);
    expect(batch.request_counts?.completed).toBe(1);
    const batches = provider().requests.filter(
      ({ method, url }) => method === 'POST' && url.endsWith('/batches'),
    );
    expect(batches).toHaveLength(1);
    expect(gateway.rows).toMatchObject([{ costUsd: usd, serviceTier: 'batch' }]);
  });

  it.each([
    ['OpenAI', 'gpt-4o-mini', () => openai],
    ['Anthropic', 'claude-haiku-4-5', () => anthropic],
  ])('is given anew when %s has not got it', async (_name, model, provider) => {
    await start({ resendAfterMs: 1 });
    const other = chat('x', model, 'Another batch of one call', { max_tokens: 50 });
    await ended((await create([other])).id);
    provider().failNext(...Array.from({ length: 1 }, () => ({ kind: 'status', status: 500 }) as const));
    const batch = await ended((await create([chat('a', model, 'A', { max_tokens: 50 })])).id);
    expect(batch.request_counts?.completed).toBe(1);
    expect((await linesOf(batch.output_file_id)).map(textIn)).toEqual(['Re: A']);
    expect(gateway.rows).toHaveLength(2);
  });
});

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
