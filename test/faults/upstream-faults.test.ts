import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHold, errorBody, type FakeProvider, scenarioOf, startFakeProvider } from '../fakes/index.ts';
import { type Harness, PROVIDER_KEY, startHarness } from '../harness.ts';
import { chat, readStream } from '../http.ts';

let openai: FakeProvider;
let anthropic: FakeProvider;
let gateway: Harness;

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
  anthropic = await startFakeProvider({ api: 'anthropic' });
});
afterAll(async () => {
  await openai.close();
  await anthropic.close();
});
// A new gateway for every test: breakers and keys remember what failed.
beforeEach(async () => {
  openai.reset();
  anthropic.reset();
  gateway = await startHarness({
    providers: { openai, anthropic },
    models: { safe: ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5'] },
    limits: { firstByteMs: 600, idleMs: 2500, drainMs: 1500 },
  });
});
afterEach(() => gateway.close());

const nextRow = () => gateway.row();

async function stream(model = 'gpt-4o-mini', signal?: AbortSignal): Promise<Response> {
  return await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      stream: true,
      messages: [{ role: 'user', content: 'Tell me a long story' }],
    }),
    ...(signal && { signal }),
  });
}

describe('a provider that fails before its answer', () => {
  it('is asked again when it is overloaded, as long as it asks to wait', async () => {
    openai.failNext(
      { kind: 'status', status: 503 },
      { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
    );
    const reply = await chat(gateway.url);
    expect(reply.status).toBe(200);
    const row = await nextRow();
    expect(row).toMatchObject({ status: 'ok', attempts: 3 });
    expect(row.decisions.map(({ action }) => action)).toEqual(['chose', 'retried', 'changed-key']);
  });

  it('gives way to the next target of the alias', async () => {
    openai.failNext(...Array.from({ length: 3 }, () => ({ kind: 'status', status: 500 }) as const));
    const reply = await chat(gateway.url, { model: 'safe' });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-illm-target')).toBe('anthropic/claude-haiku-4-5');
    const row = await nextRow();
    expect(row.target).toEqual({ provider: 'anthropic', model: 'claude-haiku-4-5' });
    expect(row.decisions.map(({ action }) => action)).toContain('fell-back');
  });

  it('is not asked again about a bad request, whose error comes through byte for byte', async () => {
    const body =
      '{ "error": {"message":"odd  spacing", "type":"invalid_request_error","param":"x","code":null}}';
    openai.failNext({ kind: 'status', status: 400, body });
    const reply = await chat(gateway.url);
    expect([reply.status, reply.text]).toEqual([400, body]);
    expect(openai.requests).toHaveLength(1);
  });

  it.each([
    ['silence', { kind: 'silence' } as const, 504, 'upstream_timeout'],
    [
      'a web page',
      { kind: 'content-type', value: 'text/html', body: '<html>' } as const,
      502,
      'upstream_garbage',
    ],
    [
      'no JSON',
      { kind: 'content-type', value: 'application/json', body: 'oops' } as const,
      502,
      'upstream_garbage',
    ],
    ['a cut socket', { kind: 'cut', afterChunks: 0 } as const, 503, null],
  ])('is told for what it is: %s', async (_what, fault, status, code) => {
    openai.failNext(fault, fault, fault);
    const reply = await chat(gateway.url);
    if (code) expect(reply.status).toBe(status);
    else expect(reply.status).toBeGreaterThanOrEqual(500);
    const row = await nextRow();
    expect(row).toMatchObject({
      status: 'error',
      costUsd: '0.000000',
      usageSource: null,
      ...(code && { errorCode: code }),
    });
  });

  it('does not take the gateway down with an endless body', async () => {
    const small = await startHarness({
      providers: { openai },
      limits: { answerBytes: 200_000 },
      retry: { attempts: 1 },
    });
    openai.failNext({ kind: 'endless', afterChunks: 0, bytes: ' '.repeat(50_000) });
    const reply = await chat(small.url);
    expect(reply.status).toBe(502);
    await openai.requests[0]?.over;
    await small.close();
  });
});

describe('a stream that breaks', () => {
  it('before its first token goes to the next target unseen', async () => {
    openai.failNext(...Array.from({ length: 3 }, () => ({ kind: 'cut', afterChunks: 0 }) as const));
    const { text, broken } = await readStream(await stream('safe'));
    expect(broken).toBe(false);
    expect(text).toContain('data: [DONE]');
    expect((await nextRow()).target?.provider).toBe('anthropic');
  });

  it.each([
    ['cut', { kind: 'cut', afterChunks: 4 } as const],
    ['ended cleanly without its finish', { kind: 'truncate', afterChunks: 4 } as const],
    [
      'turned to garbage',
      { kind: 'garbage', afterChunks: 4, bytes: 'data: {"oops\n\ndata: [DONE]\n\n' } as const,
    ],
    ['stalled', { kind: 'stall', afterChunks: 4 } as const],
  ])('in the middle is an error for the client, never a clean end: %s', async (_how, fault) => {
    openai.failNext(fault);
    const response = await stream();
    expect(response.status).toBe(200);
    const { text, broken } = await readStream(response);
    expect(broken).toBe(true);
    expect(text).toContain('"error"');
    const row = await nextRow();
    expect(row).toMatchObject({ status: 'error', usageSource: 'estimated', unpriced: false });
    expect(row.usage.output).toBeGreaterThan(0);
    expect(Number(row.costUsd)).toBeGreaterThan(0);
  });

  it('is translated into an error of the client too', async () => {
    anthropic.failNext({ kind: 'truncate', afterChunks: 4 });
    const { text, broken } = await readStream(await stream('anthropic/claude-haiku-4-5'));
    expect([broken, text.includes('"error"'), text.includes('[DONE]')]).toEqual([true, true, false]);
  });
});

describe('a client that leaves', () => {
  beforeEach(() =>
    openai.script((ask) => scenarioOf(ask, { text: Array.from({ length: 40 }, (_, i) => `word${i} `) })),
  );

  it('makes the provider stop after the time to drain, and is booked on an estimate', async () => {
    const hold = createHold();
    openai.failNext({ kind: 'hold', hold });
    hold.release(6);
    const leaving = new AbortController();
    const response = await stream('gpt-4o-mini', leaving.signal);
    await response.body?.getReader().read();
    leaving.abort();
    await openai.requests[0]?.over;
    expect(openai.requests[0]?.aborted).toBe(true);
    expect(await nextRow()).toMatchObject({ status: 'aborted', httpStatus: 499, usageSource: 'estimated' });
  });

  it('is booked on the final usage when it comes in time', async () => {
    const hold = createHold();
    openai.failNext({ kind: 'hold', hold });
    hold.release(4);
    const leaving = new AbortController();
    const response = await stream('gpt-4o-mini', leaving.signal);
    await response.body?.getReader().read();
    leaving.abort();
    await new Promise((resolve) => setTimeout(resolve, 400));
    hold.releaseAll();
    const row = await nextRow();
    expect(row).toMatchObject({ status: 'aborted', usageSource: 'provider' });
    expect(row.usage.output).toBeGreaterThan(0);
  });
});

describe('secrets', () => {
  it('stay out of rows, logs, answers and errors, even when the provider repeats them', async () => {
    openai.failNext(
      {
        kind: 'status',
        status: 401,
        body: `{"error":{"message":"Incorrect API key provided: ${PROVIDER_KEY}."}}`,
      },
      {
        kind: 'status',
        status: 400,
        body: errorBody('openai', 400).replace('"message":"', `"message":"${PROVIDER_KEY} `),
      },
    );
    const replies = [
      await chat(gateway.url),
      await chat(gateway.url, {}, { authorization: 'Bearer sk-client-0123456789' }),
    ];
    const told = replies.map(({ text, headers }) => text + JSON.stringify([...headers])).join();
    const kept = JSON.stringify(gateway.rows) + gateway.logged();
    for (const text of [told, kept]) {
      expect(text).not.toContain(PROVIDER_KEY);
      expect(text).not.toContain('sk-client-0123456789');
    }
  });
});
