import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Usage, usageOf } from '../../src/core/usage.ts';
import { type FakeProvider, scenarioOf, startFakeProvider } from '../fakes/index.ts';
import { type Harness, startHarness } from '../harness.ts';
import { chat, post, readStream } from '../http.ts';

/** Failures that users of other gateways reported in public; each must not happen here. */

let openai: FakeProvider;
let anthropic: FakeProvider;
let google: FakeProvider;
let gateway: Harness;

beforeAll(async () => {
  [openai, anthropic, google] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'anthropic' }),
    startFakeProvider({ api: 'google' }),
  ]);
});
afterAll(() => Promise.all([openai, anthropic, google].map((provider) => provider.close())));
beforeEach(async () => {
  for (const provider of [openai, anthropic, google]) provider.reset();
  gateway = await startHarness({ providers: { openai, anthropic, google } });
});
afterEach(() => gateway.close());

const user = (content: string) => [{ role: 'user', content }];
const nextRow = () => gateway.row();

function answerWith(provider: FakeProvider, usage: Partial<Usage>, serviceTier: string | null = null): void {
  provider.script((ask) =>
    scenarioOf(ask, { text: ['Hello', ' there'], usage: usageOf(usage), serviceTier }),
  );
}

async function streamed(path: string, body: object, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return (await readStream(response)).text;
}

describe('what users of such gateways reported does not happen here', () => {
  it.each([
    ['openai', '/v1/chat/completions', { model: 'gpt-4o-mini', stream: true, messages: user('Hi') }],
    ['openai', '/v1/responses', { model: 'gpt-4o-mini', stream: true, input: 'Hi' }],
    [
      'anthropic',
      '/v1/messages',
      { model: 'claude-haiku-4-5', max_tokens: 50, stream: true, messages: user('Hi') },
    ],
    [
      'google',
      '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
    ],
    [
      'anthropic',
      '/v1/chat/completions',
      { model: 'anthropic/claude-haiku-4-5', stream: true, messages: user('Hi') },
    ],
    [
      'google',
      '/v1/messages',
      { model: 'google/gemini-2.5-flash', max_tokens: 50, stream: true, messages: user('Hi') },
    ],
  ])('a streamed call is booked at $0 (%s through %s)', async (provider, path, body) => {
    await streamed(path, body);
    const row = await nextRow();
    expect(row).toMatchObject({
      status: 'ok',
      usageSource: 'provider',
      unpriced: false,
      target: { provider },
    });
    expect(Number(row.costUsd)).toBeGreaterThan(0);
  });

  it('Anthropic cache writes and reads are billed twice when start and delta events are merged', async () => {
    const usage = { input: 100, cacheWrite5m: 10_000, cacheWrite1h: 20_000, cacheRead: 50_000, output: 1000 };
    answerWith(anthropic, usage);
    await streamed('/v1/messages', {
      model: 'claude-sonnet-4-5',
      max_tokens: 2000,
      stream: true,
      messages: user('Hi'),
    });
    expect(await nextRow()).toMatchObject({ usage, costUsd: '0.187800' });
  });

  it('Gemini cached tokens are counted twice', async () => {
    answerWith(google, { input: 150_000, cacheRead: 100_000, output: 4000, reasoning: 3000 });
    await streamed('/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse', {
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    });
    const row = await nextRow();
    expect(row.usage).toMatchObject({ input: 150_000, cacheRead: 100_000, output: 4000, reasoning: 3000 });
    expect(row.costUsd).toBe('0.460000');
  });

  it('a call is billed by the tier asked for instead of the tier served', async () => {
    answerWith(openai, { input: 1_000_000, output: 0 }, 'default');
    await chat(gateway.url, { model: 'gpt-5', service_tier: 'flex' });
    expect(await nextRow()).toMatchObject({ serviceTier: 'default', costUsd: '1.250000' });
    answerWith(openai, { input: 1_000_000, output: 0 }, 'flex');
    await chat(gateway.url, { model: 'gpt-5', service_tier: 'auto' });
    expect(await gateway.row(2)).toMatchObject({ serviceTier: 'flex', costUsd: '0.625000' });
  });

  it('an unknown model costs about $0', async () => {
    await chat(gateway.url, { model: 'openai/gpt-of-next-year' });
    expect(await nextRow()).toMatchObject({
      unpriced: true,
      costUsd: null,
      unpricedReason: expect.stringContaining('gpt-of-next-year'),
    });
  });

  it('some routes bypass the keys: every one wants them', async () => {
    const key = {
      id: 'k',
      name: 'k',
      prefix: 'sk-illm-',
      scope: 'call',
      team: null,
      user: null,
      tags: {},
      createdAt: '',
      revokedAt: null,
      expiresAt: null,
    } as const;
    const guarded = await startHarness({ providers: { openai }, keys: { 'sk-illm-x': key } });
    const paths = [
      '/v1/chat/completions',
      '/v1/responses',
      '/v1/embeddings',
      '/v1/messages',
      '/v1/messages/count_tokens',
      '/v1beta/models/m:generateContent',
      '/providers/openai/v1/moderations',
      '/providers/openai/v1/chat/completions',
    ];
    const replies = await Promise.all(paths.map((path) => post(guarded.url + path, {})));
    expect(replies.map(({ status }) => status)).toEqual(paths.map(() => 401));
    expect((await fetch(`${guarded.url}/v1/models`)).status).toBe(401);
    await guarded.close();
  });

  it.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('Retry-After is ignored, in %s', async (_form, retryAfter) => {
    openai.failNext({ kind: 'status', status: 429, headers: { 'retry-after': retryAfter() } });
    const begun = performance.now();
    expect((await chat(gateway.url)).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect((await nextRow()).attempts).toBe(2);
  });

  it('a wait too long to bear is not waited for, and the client is told how long it would be', async () => {
    openai.failNext({ kind: 'status', status: 429, headers: { 'retry-after': '77' } });
    const reply = await chat(gateway.url);
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '77']);
    expect(openai.requests).toHaveLength(1);
  });

  it('aborting before the usage chunk makes inference free', async () => {
    const leaving = new AbortController();
    openai.failNext({ kind: 'slow', chunkMs: 40 });
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini', stream: true, messages: user('Tell me a long story') }),
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
    const row = await nextRow();
    expect(row.status).toBe('aborted');
    expect(Number(row.costUsd)).toBeGreaterThan(0);
  });
});
