import { ApiError } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeyLimits, VirtualKey } from '../../src/core/key.ts';
import { picoFromUsd } from '../../src/core/money.ts';
import { createHold, type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import type { Harness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { genAiClient } from '../sdk/drivers/genai.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import {
  answerHello,
  ask,
  BUDGET,
  COST_USD,
  MAX,
  RATE,
  refused,
  startLimited,
  total,
} from './admission-gateway.ts';

type Options = Omit<Parameters<typeof startLimited>[1], 'providers'>;

let openai: FakeProvider;
let anthropic: FakeProvider;
let google: FakeProvider;
const opened: { close(): Promise<void> }[] = [];

async function start(admission: Parameters<typeof startLimited>[0], options: Options = {}): Promise<Harness> {
  const gateway = await startLimited(admission, { providers: { openai, anthropic, google }, ...options });
  opened.push(gateway);
  return gateway;
}

function limitedKey(limits: Partial<KeyLimits>): VirtualKey {
  return {
    id: '01938c6e-2222-7000-8000-000000000001',
    name: 'intern',
    prefix: 'sk-illm-int',
    scope: 'call',
    team: null,
    user: null,
    tags: {},
    createdAt: '2026-11-24T00:00:00.000Z',
    revokedAt: null,
    expiresAt: null,
    limits: { budget: null, requestsPerMinute: null, tokensPerMinute: null, concurrency: null, ...limits },
  };
}

beforeAll(async () => {
  [openai, anthropic, google] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'anthropic' }),
    startFakeProvider({ api: 'google' }),
  ]);
});
beforeEach(() => answerHello(openai, anthropic, google));
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});
afterAll(async () => {
  await Promise.all([openai.close(), anthropic.close(), google.close()]);
});

describe('a key', () => {
  const KEY = 'sk-illm-intern';

  it('has a budget of its own', async () => {
    const keys = { [KEY]: limitedKey({ budget: { limitUsd: '0.06', per: 'month' } }) };
    const gateway = await start({}, { keys });
    await ask(gateway, {}, KEY);
    await ask(gateway, {}, KEY);
    const error = await refused(ask(gateway, {}, KEY));
    expect(error).toMatchObject({ status: 402 });
    expect(error.message).toContain('The budget of the key intern');
    expect(total(gateway)).toBe(2n * picoFromUsd(COST_USD));
  });

  it('has rates of its own', async () => {
    const keys = { [KEY]: limitedKey({ requestsPerMinute: 1 }) };
    const gateway = await start({}, { keys });
    await ask(gateway, {}, KEY);
    const error = await refused(ask(gateway, {}, KEY));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error.headers?.get('x-ratelimit-limit-requests')).toBe('1');
    expect(error.headers?.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(error.headers?.get('x-ratelimit-reset-requests')).toMatch(/^\d+s$/);
  });
});

describe('the SDK of Google', () => {
  const generate = (gateway: Harness) =>
    genAiClient({ origin: gateway.url, key: 'sk-test' }).models.generateContent({
      model: 'gemini-2.5-flash',
      contents: 'Hello?',
      config: { maxOutputTokens: 20, httpOptions: { retryOptions: { attempts: 1 } } },
    });

  it('is told of a budget, with a time to come back', async () => {
    const gateway = await start({ budgets: [{ ...BUDGET, limitUsd: '0.001' }] });
    const error: unknown = await generate(gateway).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 402 });
    const told = JSON.parse((error as ApiError).message) as { error: { status: string; details: unknown[] } };
    expect(told.error.status).toBe('RESOURCE_EXHAUSTED');
    expect(JSON.stringify(told.error.details)).toContain('google.rpc.RetryInfo');
  });

  it('is told of a rate as of an exhausted resource', async () => {
    const gateway = await start({ rateLimits: [{ ...RATE, requestsPerMinute: 1 }] });
    await generate(gateway);
    const error: unknown = await generate(gateway).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 429 });
    expect((error as ApiError).message).toContain('RESOURCE_EXHAUSTED');
  });
});

describe('every way to call', () => {
  it('counts as a request: answers, streams, embeddings, counts of tokens, relays', async () => {
    const gateway = await start({ rateLimits: [{ ...RATE, requestsPerMinute: 5 }] });
    const sdk = openAiClient({ origin: gateway.url, key: 'sk-test' });
    await ask(gateway);
    const stream = await sdk.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Hello?' }],
      stream: true,
    });
    for await (const _ of stream);
    await sdk.embeddings.create({ model: 'openai/text-embedding-3-small', input: 'Hello' });
    const anthropicSdk = anthropicClient({ origin: gateway.url, key: 'sk-test' });
    await anthropicSdk.messages.countTokens({
      model: 'claude-haiku-4-5',
      messages: [{ role: 'user', content: 'Hello?' }],
    });
    const relay = async () =>
      await fetch(`${gateway.url}/providers/openai/v1/moderations`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
        body: '{"input":"x"}',
      });
    await relay();
    expect(gateway.rows).toHaveLength(5);
    const refusedRelay = await relay();
    expect(refusedRelay.status).toBe(429);
    expect(Number(refusedRelay.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await refused(ask(gateway))).status).toBe(429);
    await expect(
      anthropicSdk.messages.countTokens({
        model: 'claude-haiku-4-5',
        messages: [{ role: 'user', content: 'Hello?' }],
      }),
    ).rejects.toMatchObject({ status: 429, error: { error: { type: 'rate_limit_error' } } });
  });

  it('counts against a budget, but counting tokens, which is free', async () => {
    const gateway = await start({ budgets: [{ ...BUDGET, limitUsd: '0.000001' }] });
    const sdk = openAiClient({ origin: gateway.url, key: 'sk-test' });
    await refused(sdk.embeddings.create({ model: 'openai/text-embedding-3-small', input: 'Hello' }));
    await refused(
      sdk.chat.completions.create({
        model: 'gpt-4o',
        messages: [{ role: 'user', content: 'Hello?' }],
        stream: true,
      }),
    );
    const relay = await fetch(`${gateway.url}/providers/openai/v1/moderations`, {
      method: 'POST',
      body: '{}',
    });
    expect(relay.status).toBe(402);
    const reading = await fetch(`${gateway.url}/providers/openai/v1/models`);
    expect(reading.status).not.toBe(402);
    const { input_tokens } = await anthropicClient({
      origin: gateway.url,
      key: 'sk-test',
    }).messages.countTokens({ model: 'claude-haiku-4-5', messages: [{ role: 'user', content: 'Hello?' }] });
    expect(input_tokens).toBeGreaterThan(0);
    expect(openai.requests.filter(({ method }) => method === 'POST')).toHaveLength(0);
  });
});

describe('a stream under way', () => {
  it('holds back its worst case until it ends, and is settled when its client leaves', async () => {
    const gateway = await start({ budgets: [{ ...BUDGET, limitUsd: '0.06' }] });
    const hold = createHold();
    openai.failNext({ kind: 'hold', hold });
    const sdk = openAiClient({ origin: gateway.url, key: 'sk-test' });
    const leaving = new AbortController();
    const streaming = sdk.chat.completions
      .create(
        { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello?' }], ...MAX, stream: true },
        { signal: leaving.signal },
      )
      .catch((error: unknown) => error);
    await hold.arrived;
    const meanwhile = await refused(ask(gateway));
    expect(meanwhile.message).toContain('It may have room again as soon as they are over.');
    expect(meanwhile.headers?.get('retry-after')).toBe('1');
    leaving.abort();
    expect(await streaming).toBeInstanceOf(OpenAI.APIUserAbortError);
    const row = await gateway.row(2);
    expect(row).toMatchObject({ status: 'aborted', unpriced: false });
    expect(picoFromUsd(row.costUsd ?? '1')).toBeLessThanOrEqual(picoFromUsd(COST_USD));
    // What it did not use is there again.
    await ask(gateway);
  });
});

describe('a budget that degrades', () => {
  it('goes on with the cheaper alias when it is spent, and counts that too', async () => {
    const spent = [{ subject: '', at: Date.now(), costUsd: '1' }];
    const budgets = [{ ...BUDGET, degradeTo: 'fast' }];
    const gateway = await start({ budgets }, { spent });
    const { response } = await ask(gateway, { model: 'smart' });
    expect(response.headers.get('x-illm-degraded')).toBe('fast');
    const { response: same } = await ask(gateway, { model: 'fast' });
    expect(same.headers.get('x-illm-target')).toBe('openai/gpt-4o-mini');
    const [degraded, kept] = gateway.rows;
    // $0.014 at gpt-4o's price, $0.00014 at that of gpt-4o-mini.
    expect(degraded?.decisions.find(({ action }) => action === 'degraded')?.savedUsd).toBe('0.013860');
    expect(kept?.decisions.find(({ action }) => action === 'degraded')?.savedUsd).toBeUndefined();
    expect(kept?.costUsd).toBe('0.000140');
  });

  it('refuses once the cheaper alias has used up its own bound', async () => {
    const spent = [{ subject: '', at: Date.now(), costUsd: '1' }];
    const budgets = [{ ...BUDGET, degradeTo: 'fast', degradeLimitUsd: '1.0008' }];
    const gateway = await start({ budgets }, { spent });
    let refusals = 0;
    for (let calls = 0; calls < 6; calls++)
      await ask(gateway, { model: 'smart' }).catch((error: unknown) => {
        expect(error).toMatchObject({ status: 402 });
        refusals += 1;
      });
    expect(refusals).toBeGreaterThan(0);
    expect(total(gateway)).toBeGreaterThan(0n);
    expect(total(gateway)).toBeLessThanOrEqual(picoFromUsd('0.0008'));
  });
});

describe('a budget of one provider', () => {
  it('lets the next target answer', async () => {
    const budgets = [
      { ...BUDGET, name: 'openai', by: 'provider', only: 'openai', limitUsd: '0.001' } as const,
    ];
    const models = { both: ['openai/gpt-4o', 'anthropic/claude-haiku-4-5'] };
    const gateway = await start({ budgets }, { models });
    const { response } = await ask(gateway, { model: 'both' });
    expect(response.headers.get('x-illm-target')).toBe('anthropic/claude-haiku-4-5');
    expect(openai.requests).toHaveLength(0);
  });
});
