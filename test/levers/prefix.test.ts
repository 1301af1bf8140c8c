import type Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { picoFromUsd } from '../../src/core/money.ts';
import { NO_CACHE } from '../../src/core/plan/cache.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';

/** Dollars a million tokens, in picodollars a token: 3,000,000 in, 300,000 read, 3,750,000 and 6,000,000 written, 15,000,000 out. */
const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [
    {
      match: '*',
      rates: { input: '3', cacheRead: '0.3', cacheWrite5m: '3.75', cacheWrite1h: '6', output: '15' },
      discount: null,
    },
  ],
};
const SYSTEM = `You answer for the harbour office. ${'Every ship pays a toll by its length. '.repeat(300)}`;
const CACHED = 2000;
const REST = 30;
const OUTPUT = 10;

let anthropic: FakeProvider;
let openai: FakeProvider;
let gateway: Harness;

beforeAll(async () => {
  anthropic = await startFakeProvider({ api: 'anthropic' });
  openai = await startFakeProvider({ api: 'openai' });
});
beforeEach(async () => {
  let written = false;
  openai.reset();
  anthropic.reset();
  // The first marked call writes, those after it read.
  anthropic.script((ask) => {
    const marked = ask.cacheMarked !== null && (ask.cacheMarked['5m'] > 0 || ask.cacheMarked['1h'] > 0);
    const cached = written ? { cacheRead: CACHED } : { cacheWrite5m: CACHED };
    if (marked) written = true;
    const prompt = marked ? { input: REST, ...cached } : { input: REST + CACHED };
    return scenarioOf(ask, { text: ['Yes.'], usage: usageOf({ ...prompt, output: OUTPUT }) });
  });
  gateway = await startHarness({
    providers: { anthropic, openai },
    prices: PRICES,
    levers: { cache: { ...NO_CACHE, prefix: { enabled: true, minReuses: 2 } } },
  });
});
afterEach(() => gateway.close());
afterAll(async () => {
  await anthropic.close();
  await openai.close();
});

async function ask(content: string, change: object = {}): Promise<Anthropic.Message> {
  return anthropicClient({ origin: gateway.url, key: 'sk-ant' }).messages.create({
    model: 'claude-sonnet-4-6',
    max_tokens: 50,
    system: SYSTEM,
    messages: [{ role: 'user', content }],
    ...change,
  } as Anthropic.MessageCreateParamsNonStreaming);
}

describe('the providers’ own caches', () => {
  it('are used once the past of a beginning says that it pays, and the rows say what that did to the bill', async () => {
    for (let i = 0; i < 5; i++) await ask(`Ship ${i}?`);
    const sent = anthropic.requests.map((request) => request.json());
    // Reuses are seen at the second and third call: from the third on it is marked.
    expect(sent.map(({ system }) => typeof system)).toEqual([
      'string',
      'string',
      'object',
      'object',
      'object',
    ]);
    expect(sent[2]?.['system']).toEqual([
      { type: 'text', text: SYSTEM, cache_control: { type: 'ephemeral' } },
    ]);
    expect(sent[2]?.['messages']).toEqual([{ role: 'user', content: 'Ship 2?' }]);
    await gateway.row(5);
    const plain = BigInt(REST + CACHED) * 3_000_000n + BigInt(OUTPUT) * 15_000_000n;
    const costs = gateway.rows.map((row) => picoFromUsd(row.costUsd ?? '-1'));
    const write = plain + BigInt(CACHED) * 750_000n;
    const read = plain - BigInt(CACHED) * 2_700_000n;
    expect(costs).toEqual([plain, plain, write, read, read]);
    const saved = gateway.rows.map(
      (row) => row.decisions.find(({ stage }) => stage === 'prefix')?.savedUsd ?? null,
    );
    // 2,000 × $0.75 / 1M more for writing, 2,000 × $2.70 / 1M less for each reading.
    expect(saved).toEqual([null, null, '-0.001500', '0.005400', '0.005400']);
  });

  it('are left to a client that marks by itself, and are not used where it does not pay', async () => {
    const own = [{ type: 'text', text: SYSTEM, cache_control: { type: 'ephemeral', ttl: '1h' } }];
    for (let i = 0; i < 4; i++) await ask(`Ship ${i}?`, { system: own });
    expect(anthropic.requests.every((request) => Array.isArray(request.json()['system']))).toBe(true);
    expect(anthropic.requests.at(-1)?.json()['system']).toEqual(own);
    for (let i = 0; i < 4; i++) await ask('Ship?', { system: `${i} ${SYSTEM}` });
    for (let i = 0; i < 4; i++) await ask(`Ship ${i}?`, { system: 'Too short to be cached.' });
    expect(anthropic.requests.slice(4).every((request) => typeof request.json()['system'] === 'string')).toBe(
      true,
    );
    await gateway.row(12);
    expect(gateway.rows.some(({ decisions }) => decisions.some(({ stage }) => stage === 'prefix'))).toBe(
      false,
    );
  });

  it('keep long conversations that go on', async () => {
    const turns: { role: string; content: string }[] = [];
    for (let i = 0; i < 5; i++) {
      turns.push({ role: 'user', content: `Question ${i}: ${'and the harbour, too? '.repeat(300)}` });
      await ask('', { system: undefined, messages: turns });
      turns.push({ role: 'assistant', content: 'Yes.' });
    }
    const marked = anthropic.requests.at(-1)?.json()['messages'] as { content: unknown }[];
    const ends = marked.flatMap(({ content }, index) => (typeof content === 'string' ? [] : [index]));
    // Where the call before ended, and where this one does.
    expect(ends).toEqual([6, 8]);
    expect(marked[8]?.content).toEqual([
      { type: 'text', text: turns[8]?.content, cache_control: { type: 'ephemeral' } },
    ]);
  });

  it('of providers that cache by themselves get a key, which claims no saving', async () => {
    const chat = (content: string, change: object = {}) =>
      openAiClient({ origin: gateway.url, key: 'sk-test' }).chat.completions.create({
        model: 'gpt-4o-mini',
        messages: [
          { role: 'system', content: SYSTEM },
          { role: 'user', content },
        ],
        ...change,
      } as OpenAI.ChatCompletionCreateParamsNonStreaming);
    for (let i = 0; i < 4; i++) await chat(`Ship ${i}?`);
    await chat('Ship?', { prompt_cache_key: 'my-own' });
    const keys = openai.requests.map((request) => request.json()['prompt_cache_key']);
    expect(keys.slice(0, 2)).toEqual([undefined, undefined]);
    expect(keys[2]).toMatch(/^illm-[0-9a-f]{24}-\d+$/);
    expect(keys[4]).toBe('my-own');
    expect(openai.requests[2]?.json()['messages']).toEqual([
      { role: 'system', content: SYSTEM },
      { role: 'user', content: 'Ship 2?' },
    ]);
    const decision = (await gateway.row(3)).decisions.find(({ stage }) => stage === 'prefix');
    expect(decision).toMatchObject({ action: 'keyed' });
    expect(decision).not.toHaveProperty('savedUsd');
  });

  it('work for clients of other dialects', async () => {
    for (let i = 0; i < 3; i++)
      await openAiClient({ origin: gateway.url, key: 'sk-test' }).chat.completions.create({
        model: 'anthropic/claude-sonnet-4-6',
        messages: [
          { role: 'system', content: SYSTEM },
          { role: 'user', content: `Ship ${i}?` },
        ],
      });
    expect(anthropic.requests[2]?.json()['system']).toMatchObject([{ cache_control: { type: 'ephemeral' } }]);
  });
});
