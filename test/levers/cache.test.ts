import type { Socket } from 'node:net';
import type Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { VirtualKey } from '../../src/core/key.ts';
import { type ExactCacheSettings, NO_CACHE } from '../../src/core/plan/cache.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { cacheReport, type CacheStatistics, cacheStatistics } from '../../src/policy/cache/index.ts';
import { localAnswerStore } from '../../src/shared/cache/index.ts';
import { localBus } from '../../src/shared/index.ts';
import { createHold, type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';

/** $2.50 and $10 for a million tokens: 1,000 × 2.50 / 1M + 200 × 10 / 1M. */
const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [{ match: '*', rates: { input: '2.5', output: '10' }, discount: null }],
};
const USAGE = usageOf({ input: 1000, output: 200 });
const ONE_CALL_USD = '0.004500';

let openai: FakeProvider;
let anthropic: FakeProvider;
let gateway: Harness;
let statistics: CacheStatistics;

async function start(
  exact: Partial<ExactCacheSettings> = {},
  options: Partial<HarnessOptions> = {},
): Promise<void> {
  statistics = cacheStatistics(localBus(), 'test');
  gateway = await startHarness({
    providers: { openai, anthropic },
    prices: PRICES,
    levers: { cache: { ...NO_CACHE, exact: { ...NO_CACHE.exact, enabled: true, ...exact } } },
    services: {
      answers: { store: localAnswerStore(10_000_000, systemClock), statistics },
      observers: [(record) => statistics.observe(record)],
    },
    ...options,
  });
}

const sdk = (key = 'sk-test', headers: Record<string, string> = {}): OpenAI =>
  openAiClient({ origin: gateway.url, key, headers });

const QUESTION = {
  model: 'gpt-4o-mini',
  temperature: 0,
  messages: [{ role: 'user', content: 'What is the capital of Belgium?' }],
} as const satisfies OpenAI.ChatCompletionCreateParamsNonStreaming;

async function ask(change: object = {}, headers: Record<string, string> = {}, key?: string) {
  const { data, response } = await sdk(key, headers)
    .chat.completions.create({
      ...QUESTION,
      ...change,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)
    .withResponse();
  return { text: data.choices[0]?.message.content, cache: response.headers.get('x-illm-cache'), response };
}

async function stream(change: object = {}, headers: Record<string, string> = {}) {
  const { data, response } = await sdk('sk-test', headers)
    .chat.completions.create({
      ...QUESTION,
      ...change,
      stream: true,
    } as OpenAI.ChatCompletionCreateParamsStreaming)
    .withResponse();
  const pieces: string[] = [];
  let usage: OpenAI.CompletionUsage | null = null;
  for await (const chunk of data) {
    const text = chunk.choices[0]?.delta.content;
    if (text) pieces.push(text);
    usage = chunk.usage ?? usage;
  }
  return { pieces, usage, cache: response.headers.get('x-illm-cache') };
}

const decided = (row: CallRecord) => row.decisions.find(({ stage }) => stage === 'cache');

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
  anthropic = await startFakeProvider({ api: 'anthropic' });
});
beforeEach(() => {
  for (const provider of [openai, anthropic]) {
    provider.reset();
    provider.script((request) =>
      scenarioOf(request, { text: ['Brus', 'sels', '.'], usage: USAGE, serviceTier: null }),
    );
  }
});
afterEach(() => gateway.close());
afterAll(async () => {
  await openai.close();
  await anthropic.close();
});

describe('an equal call', () => {
  it('is answered from the cache for nothing, and its row says what it saved', async () => {
    await start();
    const first = await ask();
    const second = await ask({ user: 'somebody else', metadata: { job: '7' } });
    expect([first.cache, second.cache]).toEqual(['miss', 'hit']);
    expect(second.text).toBe('Brussels.');
    expect(second.response.headers.get('x-illm-cache-age')).toBe('0');
    expect(second.response.headers.get('x-illm-cost-usd')).toBe('0.000000');
    expect(openai.requests).toHaveLength(1);
    const [paid, free] = [await gateway.row(1), await gateway.row(2)];
    expect(paid.costUsd).toBe(ONE_CALL_USD);
    expect(decided(paid)).toMatchObject({ action: 'missed' });
    expect(free).toMatchObject({ costUsd: '0.000000', usage: usageOf({}), status: 'ok', attempts: 0 });
    expect(decided(free)).toMatchObject({ action: 'hit', savedUsd: ONE_CALL_USD });
  });

  it('gets the same bytes in the same form, and the same answer in another', async () => {
    await start();
    const live = await stream();
    const again = await stream();
    expect(again).toEqual({ ...live, cache: 'hit' });
    expect((await stream({ stream_options: { include_usage: true } })).usage).toMatchObject({
      prompt_tokens: 1000,
      completion_tokens: 200,
    });
    const whole = await ask();
    expect(whole).toMatchObject({ text: 'Brussels.', cache: 'hit' });
    expect(openai.requests).toHaveLength(1);
  });

  it('is streamed from a whole answer', async () => {
    await start();
    await ask();
    const streamed = await stream();
    expect(streamed.cache).toBe('hit');
    expect(streamed.pieces.join('')).toBe('Brussels.');
    expect((await gateway.row(2)).decisions[0]).toMatchObject({ action: 'hit', savedUsd: ONE_CALL_USD });
  });

  it('works for embeddings, without a temperature', async () => {
    await start();
    const embed = () =>
      sdk()
        .embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] })
        .withResponse();
    const [first, second] = [await embed(), await embed()];
    expect(second.response.headers.get('x-illm-cache')).toBe('hit');
    expect(second.data).toEqual(first.data);
    expect(openai.requests).toHaveLength(1);
  });

  it('works with the Anthropic SDK, over a provider that speaks another dialect too', async () => {
    await start();
    for (const model of ['claude-haiku-4-5', 'openai/gpt-4o-mini']) {
      const question = {
        model,
        max_tokens: 50,
        temperature: 0,
        messages: [{ role: 'user', content: 'What is the capital of Belgium?' }],
      } as Anthropic.MessageCreateParamsNonStreaming;
      const client = anthropicClient({ origin: gateway.url, key: 'sk-ant' });
      const first = await client.messages.create(question).withResponse();
      const second = await client.messages.create(question).withResponse();
      expect(first.response.headers.get('x-illm-cache')).toBe('miss');
      expect(second.response.headers.get('x-illm-cache')).toBe('hit');
      expect(second.data.content).toEqual(first.data.content);
      const streamed = await client.messages.stream(question).finalMessage();
      expect(streamed.content).toMatchObject([{ type: 'text', text: 'Brussels.' }]);
      expect(streamed.usage).toMatchObject({ input_tokens: 1000, output_tokens: 200 });
    }
    expect([openai.requests.length, anthropic.requests.length]).toEqual([1, 1]);
  });
});

describe('a call keeps out of the cache', () => {
  it('when its answer differs each time, unless that is allowed', async () => {
    await start();
    expect((await ask({ temperature: undefined })).cache).toBe('bypass');
    expect((await ask({ temperature: 0.2 })).cache).toBe('bypass');
    expect(decided(await gateway.row(2))?.why).toContain('temperature 0.2');
    await gateway.close();
    await start({ nondeterministic: true });
    await ask({ temperature: 0.2 });
    expect((await ask({ temperature: 0.2 })).cache).toBe('hit');
  });

  it('as its headers say', async () => {
    await start();
    expect((await ask({}, { 'cache-control': 'no-store' })).cache).toBe('bypass');
    expect((await ask()).cache).toBe('miss');
    expect((await ask({}, { 'cache-control': 'no-cache' })).cache).toBe('miss');
    expect((await ask({}, { 'cache-control': 'max-age=0' })).cache).toBe('miss');
    expect((await ask({}, { 'cache-control': 'max-age=600' })).cache).toBe('hit');
    expect(openai.requests.every(({ headers }) => !('x-illm-cache-scope' in headers))).toBe(true);
    await expect(ask({}, { 'x-illm-cache-scope': 'teem' })).rejects.toThrow(/Did you mean "team"/);
  });

  it('when it does more than ask', async () => {
    await start();
    const respond = () =>
      sdk()
        .responses.create({ model: 'gpt-4o-mini', temperature: 0, input: 'Hi', conversation: 'conv_1' })
        .withResponse();
    await respond();
    expect((await respond()).response.headers.get('x-illm-cache')).toBe('bypass');
  });

  it('and so do answers that failed, were cut off or were filtered', async () => {
    await start({}, { retry: { attempts: 1 } });
    openai.failNext({ kind: 'status', status: 500 }, { kind: 'truncate', afterChunks: 2 });
    await expect(ask()).rejects.toThrow();
    await expect(stream()).rejects.toThrow();
    openai.script((request) =>
      scenarioOf(request, { text: ['No.'], usage: USAGE, finish: 'content-filter' }),
    );
    expect((await ask()).cache).toBe('miss');
    expect((await ask()).cache).toBe('miss');
  });
});

describe('tenants', () => {
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
  const keys = {
    'sk-illm-a1': key('a1', 'a'),
    'sk-illm-a2': key('a2', 'a'),
    'sk-illm-b1': key('b1', 'b'),
    'sk-illm-c1': key('c1', null),
    'sk-illm-c2': key('c2', null),
  };

  it('get answers of their own team only', async () => {
    await start({}, { keys });
    expect((await ask({}, {}, 'sk-illm-a1')).cache).toBe('miss');
    expect((await ask({}, {}, 'sk-illm-a2')).cache).toBe('hit');
    for (const other of ['sk-illm-b1', 'sk-illm-c1', 'sk-illm-c2'])
      expect((await ask({}, {}, other)).cache).toBe('miss');
    expect((await ask({}, { 'x-illm-cache-scope': 'key' }, 'sk-illm-a2')).cache).toBe('miss');
    expect((await ask({}, { 'x-illm-cache-scope': 'user' }, 'sk-illm-a2')).cache).toBe('bypass');
    const asUser = { 'x-illm-cache-scope': 'user', 'x-illm-user': 'kim' };
    expect((await ask({}, asUser, 'sk-illm-a2')).cache).toBe('miss');
    expect((await ask({}, asUser, 'sk-illm-a1')).cache).toBe('hit');
  });

  it('share all of the gateway only where that is allowed', async () => {
    await start({}, { keys });
    const wide = { 'x-illm-cache-scope': 'gateway' };
    await ask({}, wide, 'sk-illm-a1');
    expect((await ask({}, wide, 'sk-illm-b1')).cache).toBe('miss');
    expect(decided(await gateway.row(2))?.why).toContain('gateway is not allowed');
    await gateway.close();
    await start({ wider: true }, { keys });
    await ask({}, wide, 'sk-illm-a1');
    expect((await ask({}, wide, 'sk-illm-b1')).cache).toBe('hit');
  });

  it('are told apart by their own credentials', async () => {
    await start();
    await ask({}, {}, 'sk-one');
    expect((await ask({}, {}, 'sk-two')).cache).toBe('miss');
    expect((await ask({}, {}, 'sk-one')).cache).toBe('hit');
  });
});

describe('equal calls at the same time', () => {
  it('are one call to the provider, paid once: 100 of them', async () => {
    await start();
    const hold = createHold();
    openai.failNext({ kind: 'hold', hold });
    const calls = Array.from({ length: 100 }, () => ask());
    await hold.arrived;
    await whileNot(() => statistics.counts().lookups === 100);
    hold.releaseAll();
    const answers = await Promise.all(calls);
    expect(answers.every(({ text }) => text === 'Brussels.')).toBe(true);
    expect(openai.requests).toHaveLength(1);
    await gateway.row(100);
    const saved = gateway.rows.map((row) => decided(row)?.savedUsd).filter((usd) => usd === ONE_CALL_USD);
    expect(saved).toHaveLength(99);
    expect(gateway.rows.filter(({ costUsd }) => costUsd === ONE_CALL_USD)).toHaveLength(1);
    expect(gateway.rows.filter(({ costUsd }) => costUsd === '0.000000')).toHaveLength(99);
    // 1 miss of 100 calls of $0.0045.
    const report = cacheReport(statistics.counts(), null);
    expect(report).toMatchObject({
      joined: 99,
      misses: 1,
      hits: 0,
      hitRate: 0.99,
      costWeightedHitRate: 0.99,
    });
    expect([report.savedUsd, report.missedUsd]).toEqual(['0.445500', '0.004500']);
  });

  it('stream as the first one streams, and go on when its client leaves', async () => {
    await start();
    const hold = createHold();
    openai.failNext({ kind: 'hold', hold });
    let left = 0;
    gateway.server.on('connection', (socket: Socket) => socket.once('close', () => (left += 1)));
    const leaving = new AbortController();
    const first = sdk().chat.completions.create({ ...QUESTION, stream: true }, { signal: leaving.signal });
    const [leader] = await Promise.all([first.catch(() => null), hold.arrived, released(hold, 3)]);
    expect(leader).not.toBeNull();
    const follower = await sdk().chat.completions.create({ ...QUESTION, stream: true });
    const pieces: string[] = [];
    for await (const chunk of follower) {
      const text = chunk.choices[0]?.delta.content;
      if (!text) continue;
      pieces.push(text);
      if (pieces.length === 1) {
        leaving.abort();
        await whileNot(() => left === 1);
        hold.releaseAll();
      }
    }
    expect(pieces).toEqual(['Brus', 'sels', '.']);
    await gateway.row(2);
    const joined = gateway.rows.find((row) => decided(row)?.action === 'joined');
    const led = gateway.rows.find((row) => decided(row)?.action === 'missed');
    expect(joined).toMatchObject({ status: 'ok', costUsd: '0.000000' });
    // Who left pays for what was made on its account, as the provider counted it.
    expect(led).toMatchObject({ status: 'aborted', costUsd: ONE_CALL_USD, usageSource: 'provider' });
    expect(openai.requests).toHaveLength(1);
  });

  it('fail together when the provider fails, and do not all ask it', async () => {
    await start({}, { retry: { attempts: 1 } });
    const hold = createHold();
    openai.failNext({ kind: 'hold', hold });
    const calls = Array.from({ length: 20 }, () => ask().catch((error: unknown) => error));
    await hold.arrived;
    await whileNot(() => statistics.counts().lookups === 20);
    hold.release(1);
    await openai.close();
    const answers = await Promise.all(calls);
    expect(answers.every((answer) => answer instanceof OpenAI.APIError)).toBe(true);
    openai = await startFakeProvider({ api: 'openai' });
  });
});

async function released(hold: ReturnType<typeof createHold>, steps: number): Promise<void> {
  await hold.arrived;
  hold.release(steps);
}

async function whileNot(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
