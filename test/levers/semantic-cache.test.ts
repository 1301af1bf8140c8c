import type Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_CACHE } from '../../src/core/plan/cache.ts';
import { NO_SEMANTIC_CACHE } from '../../src/core/plan/semantic-cache.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { SemanticCache } from '../../src/policy/cache/index.ts';
import { wordEmbedder } from '../../src/policy/cache/semantic/word-embedder.contract.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';

/** $2.50 and $10 for a million tokens: 1,000 × 2.50 / 1M + 200 × 10 / 1M. */
const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [{ match: '*', rates: { input: '2.5', output: '10' }, discount: null }],
};
const USAGE = usageOf({ input: 1000, output: 200 });
const ONE_CALL_USD = '0.004500';
const NOTHING_USD = '0.000000';
/** Some 20 right answers in a row are enough for these. The least audit share keeps the test from meeting one. */
const SEMANTIC = {
  ...NO_SEMANTIC_CACHE,
  enabled: true,
  maxErrorRate: 0.2,
  confidence: 0.5,
  margin: 0,
  auditShare: 0,
};
const FIRST = 'Which town is the capital of Belgium today?';
const AGAIN = 'Which town is the capital of Belgium today please?';

let openai: FakeProvider;
let gateway: Harness;

const client = (key = 'sk-test') => openAiClient({ origin: gateway.url, key });

async function ask(question: string, change: object = {}, key?: string) {
  const { data, response } = await client(key)
    .chat.completions.create({
      model: 'openai/gpt-4o',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: question },
      ],
      ...change,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)
    .withResponse();
  return { text: data.choices[0]?.message.content, cache: response.headers.get('x-illm-cache'), response };
}

/** Thirty pairs of questions, each with one answer: what it takes to know that such pairs can share one. */
async function learn(): Promise<number> {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcd';
  for (const letter of letters) {
    await ask(`What is the capital of Land${letter} in the world?`);
    await ask(`What is the capital of Land${letter} in this world?`);
  }
  return letters.length * 2;
}

const decided = (row: CallRecord) => row.decisions.find(({ stage }) => stage === 'semantic-cache');

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
});
afterAll(() => openai.close());
beforeEach(async () => {
  openai.reset();
  openai.script((request) =>
    scenarioOf(request, { text: ['Brus', 'sels', '.'], usage: USAGE, serviceTier: null }),
  );
  const embedder = wordEmbedder();
  const { dimensions } = embedder;
  gateway = await startHarness({
    providers: { openai },
    prices: PRICES,
    levers: { cache: { ...NO_CACHE, semantic: SEMANTIC } },
    services: {
      embedder,
      semanticCache: new SemanticCache({ dimensions, maxQuestions: 1000, maxBytes: 1_000_000 }),
    },
  });
});
afterEach(() => gateway.close());

describe('a question that means the same', () => {
  it('is answered for nothing once it is known that such answers are right, and its row says what it saved', async () => {
    await ask(FIRST);
    const calls = 2 + (await learn());
    const asked = openai.requests.length;
    const hit = await ask(AGAIN);
    expect(hit).toMatchObject({ text: 'Brussels.', cache: 'semantic-hit' });
    expect(hit.response.headers.get('x-illm-cost-usd')).toBe(NOTHING_USD);
    expect(hit.response.headers.get('x-illm-cache-age')).toMatch(/^\d+$/);
    expect(openai.requests).toHaveLength(asked);
    const paid = await gateway.row(1);
    expect(paid.costUsd).toBe(ONE_CALL_USD);
    expect(decided(paid)).toMatchObject({ action: 'missed' });
    expect(decided(paid)?.savedUsd).toBeUndefined();
    const free = await gateway.row(calls);
    expect(free).toMatchObject({ costUsd: NOTHING_USD, usage: usageOf({}), status: 'ok', attempts: 0 });
    expect(decided(free)).toMatchObject({ action: 'hit', savedUsd: ONE_CALL_USD });
    for (const name of Object.keys(openai.requests[0]!.headers)) expect(name).not.toMatch(/^x-illm/);
  });

  it('is answered as a stream, and in the dialect of another client, as that client would be by its provider', async () => {
    await ask(FIRST);
    await learn();
    const asked = openai.requests.length;
    const stream = await client().chat.completions.create({
      model: 'openai/gpt-4o',
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: AGAIN },
      ],
    });
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe('Brussels.');
    expect(usage).toMatchObject({ prompt_tokens: 1000, completion_tokens: 200 });
    expect(openai.requests).toHaveLength(asked);
  });

  it('is answered in Anthropic’s words from what was asked in them, whole or streamed', async () => {
    const anthropic = anthropicClient({ origin: gateway.url, key: 'sk-test' });
    const message = (content: string): Anthropic.MessageCreateParamsNonStreaming => ({
      model: 'openai/gpt-4o',
      max_tokens: 100,
      messages: [{ role: 'user', content }],
    });
    for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcd') {
      await anthropic.messages.create(message(`What is the capital of Land${letter} in the world?`));
      await anthropic.messages.create(message(`What is the capital of Land${letter} in this world?`));
    }
    await anthropic.messages.create(message(FIRST));
    const asked = openai.requests.length;
    const whole = await anthropic.messages.create(message(AGAIN));
    expect(whole.content).toMatchObject([{ type: 'text', text: 'Brussels.' }]);
    expect(await anthropic.messages.stream(message(AGAIN)).finalText()).toBe('Brussels.');
    expect(openai.requests).toHaveLength(asked);
  });

  it('is not answered from what another credential asked', async () => {
    await ask(FIRST);
    await learn();
    expect(await ask(AGAIN)).toMatchObject({ cache: 'semantic-hit' });
    const asked = openai.requests.length;
    expect((await ask(AGAIN, {}, 'sk-other')).cache).toBeNull();
    expect(openai.requests).toHaveLength(asked + 1);
  });
});
