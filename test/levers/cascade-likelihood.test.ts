import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { usdFromPico } from '../../src/core/money.ts';
import { type CascadeConfidence, NO_ROUTE } from '../../src/core/plan/route.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { genAiClient } from '../sdk/drivers/genai.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';

/** Of what each answer consumes: 1000 tokens in, 50 out. Dollars a million tokens, hence picodollars a token times 10⁶. */
const USED = usageOf({ input: 1000, output: 50 });
const DEAR = 1000n * 10_000_000n + 50n * 40_000_000n;
const CHEAP = 1000n * 1_000_000n + 50n * 4_000_000n;
const rates = { input: '1', output: '4' };

let openai: FakeProvider;
let google: FakeProvider;
let anthropic: FakeProvider;
let compatible: FakeProvider;
let gateway: Harness;

beforeAll(async () => {
  [openai, google, anthropic, compatible] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'google' }),
    startFakeProvider({ api: 'anthropic' }),
    startFakeProvider({ api: 'openai-compatible' }),
  ]);
});
const fakes = () => [openai, google, anthropic, compatible];
afterAll(async () => await Promise.all(fakes().map((fake) => fake.close())));
afterEach(async () => await gateway.close());
beforeEach(() => {
  for (const fake of fakes()) {
    fake.reset();
    // The mean is -0.3125.
    fake.script((ask) =>
      ask.model === 'gpt-4o'
        ? scenarioOf(ask, { text: ['A dear ', 'answer.'], logprobs: [-0.25, -1], usage: USED })
        : scenarioOf(ask, { text: ['A cheap ', 'answer.'], logprobs: [-0.5, -0.125], usage: USED }),
    );
  }
});

async function start(cheap: string, confidence: Partial<CascadeConfidence>): Promise<void> {
  gateway = await startHarness({
    providers: { openai, google, anthropic, vllm: compatible },
    prices: {
      rules: [
        { match: 'openai/gpt-4o', rates: { input: '10', output: '40' }, discount: null },
        ...['openai/gpt-4o-mini', 'openai/o3-mini', 'google/*', 'anthropic/*', 'vllm/*'].map((match) => ({
          match,
          rates,
          discount: null,
        })),
      ],
    },
    models: { fast: ['openai/gpt-4o', cheap] },
    levers: {
      route: {
        ...NO_ROUTE,
        strategy: 'cascade',
        cascade: {
          ...NO_ROUTE.cascade,
          confidence: { minMeanLogprob: null, minTokenLogprob: null, ...confidence },
        },
      },
    },
  });
}

const QUESTION = { model: 'fast', messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }] };
const client = () => openAiClient({ origin: gateway.url, key: 'any' });
const bodyOf = (fake: FakeProvider, at = 0) =>
  JSON.parse(fake.requests[at]?.body.toString() ?? '{}') as object;
const UNLIKELY = { minMeanLogprob: -0.3 };
const LIKELY = { minMeanLogprob: -0.32 };

async function rowAfter(count = 1) {
  const row = await gateway.row(count);
  const routed = row.decisions.filter(({ stage }) => stage === 'route');
  return { row, routed, saved: routed.find(({ action }) => action === 'chose')?.savedUsd };
}

describe('a cascade by the likelihood of answers, end to end', () => {
  it.each([false, true])('escalates from an unlikely answer (stream: %s)', async (stream) => {
    await start('openai/gpt-4o-mini', UNLIKELY);
    if (stream) {
      let text = '';
      for await (const { choices } of await client().chat.completions.create({ ...QUESTION, stream })) {
        text += choices[0]?.delta.content ?? '';
        expect(choices[0]?.logprobs ?? null).toBeNull();
      }
      expect(text).toBe('A dear answer.');
    } else {
      const answer = await client().chat.completions.create(QUESTION);
      expect(answer.choices[0]?.message.content).toBe('A dear answer.');
      expect(answer.choices[0]?.logprobs).toBeNull();
    }
    expect(bodyOf(openai, 0)).toMatchObject({ model: 'gpt-4o-mini', logprobs: true });
    expect(bodyOf(openai, 0)).not.toHaveProperty('top_logprobs');
    expect(bodyOf(openai, 1)).not.toHaveProperty('logprobs');
    const { row, routed, saved } = await rowAfter();
    expect(row.costUsd).toBe(usdFromPico(DEAR + CHEAP));
    expect(saved).toBe('-0.001200');
    expect(routed.find(({ action }) => action === 'escalated')).toMatchObject({
      why: 'the answer of openai/gpt-4o-mini is not trusted: its tokens have a mean log-probability of -0.3125, of at least -0.3; asking openai/gpt-4o',
      details: { target: 'openai/gpt-4o-mini', meanLogprob: -0.3125, leastLogprob: -0.5, tokens: 2 },
    });
  });

  it.each(['openai/gpt-4o-mini', 'google/gemini-2.5-flash', 'vllm/qwen'])(
    'takes a likely answer of %s, and keeps to itself what the client did not ask for',
    async (cheap) => {
      await start(cheap, LIKELY);
      const answer = await client().chat.completions.create(QUESTION);
      expect(answer.choices[0]?.message.content).toBe('A cheap answer.');
      expect(JSON.stringify(answer)).not.toContain('-0.125');
      const { row, routed, saved } = await rowAfter();
      expect(row.costUsd).toBe(usdFromPico(CHEAP));
      expect(saved).toBe(usdFromPico(DEAR - CHEAP));
      expect(saved).toBe('0.010800');
      expect(routed.find(({ action }) => action === 'measured')?.details).toEqual({
        target: cheap,
        meanLogprob: -0.3125,
        leastLogprob: -0.5,
        tokens: 2,
      });
    },
  );

  it('asks Gemini in its own words, and keeps the rest of a request as its client wrote it', async () => {
    await start('google/gemini-2.5-flash', UNLIKELY);
    const answer = await genAiClient({ origin: gateway.url, key: 'any' }).models.generateContent({
      model: 'fast',
      contents: 'Why is the sky blue?',
      config: { temperature: 0.5, mediaResolution: 'MEDIA_RESOLUTION_LOW' as never },
    });
    expect(answer.text).toBe('A dear answer.');
    expect(bodyOf(google)).toMatchObject({
      generationConfig: { temperature: 0.5, mediaResolution: 'MEDIA_RESOLUTION_LOW', responseLogprobs: true },
    });
    expect((await rowAfter()).row.costUsd).toBe(usdFromPico(DEAR + CHEAP));
  });

  it('may look at the least likely token', async () => {
    await start('openai/gpt-4o-mini', { minTokenLogprob: -0.4 });
    const answer = await client().chat.completions.create(QUESTION);
    expect(answer.choices[0]?.message.content).toBe('A dear answer.');
    expect((await rowAfter()).routed.find(({ action }) => action === 'escalated')?.details).toMatchObject({
      rule: 'one of its tokens has a log-probability of -0.5, of at least -0.4',
    });
  });

  it('says so where Anthropic cannot tell, and takes the answer', async () => {
    await start('anthropic/claude-haiku-4-5', UNLIKELY);
    const claude = anthropicClient({ origin: gateway.url, key: 'any' });
    const message = await claude.messages.create({
      model: 'fast',
      max_tokens: 100,
      messages: QUESTION.messages,
    });
    expect(message.content).toMatchObject([{ type: 'text', text: 'A cheap answer.' }]);
    expect(JSON.stringify(bodyOf(anthropic))).not.toContain('logprobs');
    const { row, routed } = await rowAfter();
    expect(row.costUsd).toBe(usdFromPico(CHEAP));
    expect(routed.find(({ action }) => action === 'unmeasured')?.why).toBe(
      'anthropic/claude-haiku-4-5 does not tell how likely its tokens are; the other rules decide',
    );
  });

  it('asks a model that refuses to tell once more, and from then on without', async () => {
    await start('openai/o3-mini', UNLIKELY);
    for (const requests of [2, 3]) {
      const answer = await client().chat.completions.create(QUESTION);
      expect(answer.choices[0]?.message.content).toBe('A cheap answer.');
      expect(openai.requests).toHaveLength(requests);
      const { row, routed } = await rowAfter(requests - 1);
      expect(row.costUsd).toBe(usdFromPico(CHEAP));
      expect(routed.map(({ action }) => action)).toEqual(['chose', 'unmeasured']);
    }
    expect(bodyOf(openai, 1)).not.toHaveProperty('logprobs');
    expect(bodyOf(openai, 2)).not.toHaveProperty('logprobs');
  });
});

describe('log-probabilities that the client asked for', () => {
  const TOKENS = [
    { token: 'A cheap ', logprob: -0.5 },
    { token: 'answer.', logprob: -0.125 },
  ];

  it.each([
    ['openai/gpt-4o-mini', false],
    ['google/gemini-2.5-flash', false],
    ['google/gemini-2.5-flash', true],
    ['vllm/qwen', true],
  ])('arrive from %s in chat completions (stream: %s)', async (cheap, stream) => {
    await start(cheap, LIKELY);
    const asked = { ...QUESTION, logprobs: true, top_logprobs: 1 };
    const content: object[] = [];
    if (stream)
      for await (const { choices } of await client().chat.completions.create({ ...asked, stream }))
        content.push(...(choices[0]?.logprobs?.content ?? []));
    else {
      const answer = await client().chat.completions.create(asked);
      content.push(...(answer.choices[0]?.logprobs?.content ?? []));
    }
    expect(content).toMatchObject(TOKENS.map((token) => ({ ...token, top_logprobs: [token] })));
    expect((await rowAfter()).row.costUsd).toBe(usdFromPico(CHEAP));
  });

  it('arrive in responses, from Gemini', async () => {
    await start('google/gemini-2.5-flash', LIKELY);
    const response = await client().responses.create({
      model: 'fast',
      input: 'Why is the sky blue?',
      include: ['message.output_text.logprobs'],
    });
    expect(response.output).toMatchObject([{ type: 'message', content: [{ logprobs: TOKENS }] }]);
    expect(bodyOf(google)).toMatchObject({ generationConfig: { responseLogprobs: true } });
  });

  it('arrive in Gemini’s answers, from OpenAI', async () => {
    await start('openai/gpt-4o-mini', LIKELY);
    const answer = await genAiClient({ origin: gateway.url, key: 'any' }).models.generateContent({
      model: 'fast',
      contents: 'Why is the sky blue?',
      config: { responseLogprobs: true },
    });
    const chosenCandidates = TOKENS.map(({ token, logprob }) => ({ token, logProbability: logprob }));
    expect(answer.candidates).toMatchObject([{ avgLogprobs: -0.3125, logprobsResult: { chosenCandidates } }]);
  });

  it('are not to be had of Anthropic, so that the next target answers', async () => {
    await start('anthropic/claude-haiku-4-5', LIKELY);
    const answer = await client().chat.completions.create({ ...QUESTION, logprobs: true });
    expect(answer.choices[0]?.message.content).toBe('A dear answer.');
    expect(answer.choices[0]?.logprobs?.content).toMatchObject([{ logprob: -0.25 }, { logprob: -1 }]);
    const { row, saved } = await rowAfter();
    expect(row.costUsd).toBe(usdFromPico(DEAR));
    expect(saved).toBe('0.000000');
  });
});
