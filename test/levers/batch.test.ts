import { describe, expect, it } from 'vitest';
import { USUAL_BATCH } from '../../src/core/batch.ts';
import { createBatches } from '../../src/store/batches/batches.ts';
import { createBatchReports } from '../../src/store/batches/reports.ts';
import { BUDGET, startLimited } from './admission-gateway.ts';
import {
  USAGE,
  MINI_BATCH_USD,
  HAIKU_BATCH_USD,
  FLASH_BATCH_USD,
  CHAT,
  openai,
  anthropic,
  google,
  sql,
  gateway,
  start,
  sdk,
  chat,
  create,
  ended,
  linesOf,
  textIn,
  decided,
  use,
} from './batch-gateway.ts';

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
    const items = await createBatchReports(sql, Date.now).items(id, { limit: 9, after: 0, state: null });
    expect(items.map(({ state, error }) => `${state} ${error?.code}`)).toEqual([
      'failed invalid_request',
      'failed batch_expired',
      'answered undefined',
    ]);
    const callIds = items.flatMap(({ callId }) => callId ?? []);
    expect(callIds).toHaveLength(2);
    expect(gateway.rows.map(({ id: rowId }) => rowId)).toEqual(expect.arrayContaining(callIds));
    expect(
      gateway.rows
        .map(({ status, costUsd, serviceTier, target }) =>
          [status, costUsd, serviceTier, target?.provider].join(' '),
        )
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual([
      'error 0.000000 batch openai',
      'error 0.000000 batch openai',
      `ok ${MINI_BATCH_USD} batch openai`,
    ]);
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

describe('a batch of calls to Gemini', () => {
  const flash = (id: string, text: string) => chat(id, 'gemini-2.5-flash', text);

  it('goes there within one request at half price, each call billed once, and is deleted there', async () => {
    await start();
    google.batches.dropped = ['-3'];
    const { id } = await create([flash('one', 'A'), flash('two', 'B'), flash('late', 'C')]);
    const batch = await ended(id);
    expect(batch.request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
    const lines = await linesOf(batch.output_file_id);
    expect(lines.map((line) => [line.custom_id, textIn(line)])).toEqual([
      ['one', 'Re: A'],
      ['two', 'Re: B'],
    ]);
    expect(lines[0]?.response?.body).toMatchObject({
      object: 'chat.completion',
      usage: { prompt_tokens: 1000 },
    });
    expect(await linesOf(batch.error_file_id)).toMatchObject([{ custom_id: 'late' }]);
    const paid = gateway.rows.filter(({ status }) => status === 'ok');
    expect(gateway.rows).toHaveLength(3);
    for (const row of paid) {
      expect(row).toMatchObject({ serviceTier: 'batch', costUsd: FLASH_BATCH_USD, usage: USAGE });
      expect(decided(row)).toMatchObject({ action: 'sent', savedUsd: FLASH_BATCH_USD });
    }
    const posts = google.requests.filter(({ method }) => method === 'POST').map(({ url }) => url);
    expect(posts).toEqual(['/v1beta/models/gemini-2.5-flash:batchGenerateContent']);
    expect(google.batches.list).toEqual([]);
  });

  it('is made call by call when it is refused, and can be cancelled', async () => {
    await start();
    google.batches.failing = 'The batch quota is used up.';
    const refused = await ended((await create([flash('a', 'A')])).id);
    expect(refused.request_counts?.completed).toBe(1);
    expect(gateway.rows).toMatchObject([{ costUsd: '0.000800', serviceTier: null }]);
    expect(gateway.logged()).toContain('The batch quota is used up.');
    google.batches.failing = null;
    google.batches.hold = true;
    const { id } = await create([flash('b', 'B')]);
    while (google.batches.list.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await sdk().batches.cancel(id);
    expect((await ended(id)).status).toBe('cancelled');
    expect(google.batches.list.find(({ status }) => status === 'running')).toBeUndefined();
  });
});

describe('a batch under a budget', () => {
  it('reserves what its calls may cost, refuses what has no room, and counts what they took', async () => {
    const budget = { ...BUDGET, limitUsd: '0.02' };
    use(
      await startLimited(
        { budgets: [budget] },
        {
          providers: { openai },
          services: { batches: createBatches(sql) },
          batch: { ...USUAL_BATCH, pollMs: 10, pollMaxMs: 20 },
        },
      ),
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
    ['Google', 'gemini-2.5-flash', FLASH_BATCH_USD, () => google],
  ])('is found at %s and not given twice', async (_name, model, usd, provider) => {
    await start({ resendAfterMs: 60_000 });
    provider().batches.swallow = 1;
    const batch = await ended((await create([chat('a', model, 'A', { max_tokens: 50 })])).id);
    expect(batch.request_counts?.completed).toBe(1);
    const batches = provider().requests.filter(
      ({ method, url }) => method === 'POST' && /\/batches$|:batchGenerateContent$/.test(url),
    );
    expect(batches).toHaveLength(1);
    expect(gateway.rows).toMatchObject([{ costUsd: usd, serviceTier: 'batch' }]);
  });

  it.each([
    ['OpenAI', 'gpt-4o-mini', () => openai],
    ['Anthropic', 'claude-haiku-4-5', () => anthropic],
    ['Google', 'gemini-2.5-flash', () => google],
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
