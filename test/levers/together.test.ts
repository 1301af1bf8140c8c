import type OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AdmissionSettings, BudgetRule } from '../../src/core/admission.ts';
import { systemClock } from '../../src/core/clock.ts';
import { picoFromUsd, usdFromPico } from '../../src/core/money.ts';
import { NO_TOGETHER, type TogetherSettings } from '../../src/core/plan/together.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { addUsage, NO_USAGE, usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { Admission } from '../../src/policy/admit/index.ts';
import { localCounters } from '../../src/shared/counters/index.ts';
import { createHold, type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { silentLog } from '../services/silent-log.ts';

/** $2.50 and $10 for a million tokens: 2,500,000 and 10,000,000 picodollars a token. */
const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [{ match: '*', rates: { input: '2.5', output: '10' }, discount: null }],
};
const INPUT_PICO = 2_500_000n;
const OUTPUT_PICO = 10_000_000n;
const BUDGET: BudgetRule = {
  name: 'everything',
  by: 'all',
  only: null,
  limitUsd: '1',
  window: { kind: 'fixed', unit: 'month' },
  degradeTo: null,
  degradeLimitUsd: null,
  unpriced: 'refuse',
  assumedUsd: '0.01',
  sharedDown: 'closed',
};
const SYSTEM = 'Say whether the review is positive or negative, in one word.';
/** Not divisible by three, nor the thoughts by the number of calls. */
const COMMON = usageOf({ input: 200, output: 31, reasoning: 4 });
const OWN = usageOf({ input: 40, output: 2 });

let openai: FakeProvider;
let gateway: Harness;
/** Writes the model's answer to the items of a common question. */
let answer: (items: readonly { id: number; input: string }[]) => string;

const start = async (
  together: Partial<TogetherSettings> = {},
  options: Partial<HarnessOptions> = {},
): Promise<void> => {
  gateway = await startHarness({
    providers: { openai },
    prices: PRICES,
    // Full before the time is over: nothing depends on it.
    levers: { together: { ...NO_TOGETHER, enabled: true, maxItems: 3, maxWaitMs: 4000, ...together } },
    ...options,
  });
};

const judged = (input: string): string => (input.includes('bad') ? 'negative' : 'positive');
const itemsOf = (text: string): { id: number; input: string }[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { id: number; input: string });

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
});
beforeEach(() => {
  openai.reset();
  answer = (items) => JSON.stringify(items.map(({ id, input }) => ({ id, answer: judged(input) })));
  openai.script((asked) => {
    const items = itemsOf(asked.lastUserText);
    const alone = items.length === 0;
    return scenarioOf(asked, {
      text: [alone ? judged(asked.lastUserText) : answer(items)],
      usage: alone ? OWN : COMMON,
      serviceTier: null,
    });
  });
});
afterEach(() => gateway.close());
afterAll(() => openai.close());

const sdk = (key = 'sk-test'): OpenAI => openAiClient({ origin: gateway.url, key });

async function ask(
  text: string,
  change: object = {},
  key?: string,
  signal?: AbortSignal,
): Promise<OpenAI.ChatCompletion> {
  return sdk(key).chat.completions.create(
    {
      model: 'gpt-4o-mini',
      temperature: 0,
      messages: [
        { role: 'system', content: SYSTEM },
        { role: 'user', content: text },
      ],
      ...change,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming,
    signal ? { signal } : {},
  );
}

const said = (completion: OpenAI.ChatCompletion) => completion.choices[0]?.message.content;
const decided = (row: CallRecord) => row.decisions.find(({ stage }) => stage === 'together');
const REVIEWS = ['What a good film.', 'A bad film, "really".', 'Good {"id": 9} again.\nTwo lines.'];
const costOf = (usage: CallRecord['usage']): bigint =>
  BigInt(usage.input) * INPUT_PICO + BigInt(usage.output) * OUTPUT_PICO;
const billed = (rows: readonly CallRecord[]): bigint =>
  rows.reduce((sum, { costUsd }) => sum + picoFromUsd(costUsd ?? '-1'), 0n);

describe('calls asked together', () => {
  it('are one request, whose bill is divided to the last token and picodollar', async () => {
    await start();
    const answers = await Promise.all(REVIEWS.map((review) => ask(review)));
    expect(answers.map(said)).toEqual(['positive', 'negative', 'positive']);
    expect(openai.requests).toHaveLength(1);
    await gateway.row(3);
    const { rows } = gateway;
    // 200 × $2.50 / 1M + 31 × $10 / 1M
    expect(usdFromPico(billed(rows))).toBe('0.000810');
    expect(rows.map(({ usage }) => usage).reduce(addUsage, NO_USAGE)).toEqual(COMMON);
    expect(rows.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(1);
    for (const row of rows) {
      expect(row).toMatchObject({ status: 'ok', requestedModel: 'gpt-4o-mini' });
      expect(picoFromUsd(row.costUsd ?? '-1')).toBe(costOf(row.usage));
      expect(row.usage.input).toBeGreaterThanOrEqual(60);
      expect(row.usage.reasoning).toBeLessThanOrEqual(row.usage.output);
    }
    const told = answers.map(({ usage }) => `${usage?.prompt_tokens} ${usage?.completion_tokens}`);
    const kept = rows.map(({ usage }) => `${usage.input} ${usage.output}`);
    expect(new Set(told)).toEqual(new Set(kept));
  });

  it('say what they would have cost by themselves, as an estimate', async () => {
    await start({ maxItems: 2 });
    await Promise.all([ask('good'), ask('good')]);
    await gateway.row(2);
    const [first, second] = gateway.rows;
    expect(decided(first!)).toMatchObject({ action: 'joined', details: { calls: 2, estimated: true } });
    expect(decided(first!)?.why).toContain('estimated');
    // Instructions of 13 tokens, a question and an answer of one token each, 4 around each of two messages.
    const own = 22n * INPUT_PICO + 1n * OUTPUT_PICO;
    const saved = [first!, second!].map((row) => own - costOf(row.usage));
    expect([decided(first!)?.savedUsd, decided(second!)?.savedUsd]).toEqual(saved.map(usdFromPico));
  });

  it('ask by themselves where their answer is missing, and the share is paid all the same', async () => {
    await start();
    answer = (items) =>
      JSON.stringify(
        items.map(({ id, input }) => (input.includes('bad') ? { id } : { id, answer: 'positive' })),
      );
    const answers = await Promise.all(REVIEWS.map((review) => ask(review)));
    expect(answers.map(said)).toEqual(['positive', 'negative', 'positive']);
    expect(openai.requests).toHaveLength(2);
    await gateway.row(3);
    expect(billed(gateway.rows)).toBe(costOf(COMMON) + costOf(OWN));
    const alone = gateway.rows.find((row) => decided(row)?.action === 'fell-back')!;
    const share = costOf(alone.usage) - costOf(OWN);
    expect(decided(alone)?.savedUsd).toBe(usdFromPico(-share));
  });

  it('all ask by themselves when the answer is no array', async () => {
    await start();
    answer = () => 'They are all fine.';
    const answers = await Promise.all(REVIEWS.map((review) => ask(review)));
    expect(answers.map(said)).toEqual(['positive', 'negative', 'positive']);
    expect(openai.requests).toHaveLength(4);
    await gateway.row(3);
    expect(billed(gateway.rows)).toBe(costOf(COMMON) + 3n * costOf(OWN));
  });

  it('all ask by themselves when the common question fails, which costs nothing', async () => {
    await start();
    openai.failNext({ kind: 'status', status: 400 });
    const answers = await Promise.all(REVIEWS.map((review) => ask(review)));
    expect(answers.map(said)).toEqual(['positive', 'negative', 'positive']);
    expect(openai.requests).toHaveLength(4);
    await gateway.row(3);
    expect(billed(gateway.rows)).toBe(3n * costOf(OWN));
    expect(gateway.rows.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(4);
    expect(gateway.rows.map((row) => decided(row)?.action)).toEqual(['fell-back', 'fell-back', 'fell-back']);
  });

  it('vote where rounds differ, in another order each time', async () => {
    await start({ votes: 3 });
    // The model is wrong about whatever comes first in the first round.
    let round = 0;
    answer = (items) => {
      round += 1;
      const wrong = round === 1;
      return JSON.stringify(
        items.map(({ id, input }) => ({ id, answer: wrong && id === 1 ? 'neither' : judged(input) })),
      );
    };
    const answers = await Promise.all(REVIEWS.map((review) => ask(review)));
    expect(answers.map(said)).toEqual(['positive', 'negative', 'positive']);
    expect(openai.requests).toHaveLength(3);
    await gateway.row(3);
    expect(billed(gateway.rows)).toBe(3n * costOf(COMMON));
    expect(gateway.rows.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(3);
  });

  it('may be streamed, or not, each as its client asked', async () => {
    await start({ maxItems: 2 });
    const stream = sdk().chat.completions.create({
      model: 'gpt-4o-mini',
      temperature: 0,
      stream: true,
      messages: [
        { role: 'system', content: SYSTEM },
        { role: 'user', content: 'bad' },
      ],
    });
    const [whole, text] = await Promise.all([
      ask('good'),
      stream.then(async (chunks) => {
        let text = '';
        for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? '';
        return text;
      }),
    ]);
    expect([said(whole), text]).toEqual(['positive', 'negative']);
    expect(openai.requests).toHaveLength(1);
  });
});

describe('a client of another dialect', () => {
  it('gets its answer in its own', async () => {
    await start({ maxItems: 2 }, { models: { classify: ['openai/gpt-4o-mini'] } });
    const client = anthropicClient({ origin: gateway.url, key: 'sk-ant' });
    const said = async (content: string): Promise<unknown> => {
      const { content: blocks, usage } = await client.messages.create({
        model: 'classify',
        max_tokens: 20,
        system: SYSTEM,
        messages: [{ role: 'user', content }],
      });
      return [blocks.map((block) => (block.type === 'text' ? block.text : '')).join(''), usage.input_tokens];
    };
    expect(await Promise.all([said('good'), said('bad')])).toEqual([
      ['positive', 100],
      ['negative', 100],
    ]);
    expect(openai.requests).toHaveLength(1);
  });
});

describe('calls are not joined', () => {
  it('across tenants, instructions, parameters, end users or with what has to be its own', async () => {
    await start({ maxWaitMs: 1 });
    const tool = {
      type: 'function',
      function: { name: 'f', parameters: { type: 'object', properties: {} } },
    };
    const schema = { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' } } };
    await Promise.all([
      ask('good'),
      ask('good', {}, 'sk-other'),
      ask('good', { temperature: 1 }),
      ask('good', { user: 'u1' }),
      ask('good', { messages: [{ role: 'user', content: 'good' }] }),
      ask('good', { tools: [tool] }),
      ask('good', { stop: ['.'] }),
      ask('good', { response_format: schema }),
      ask('g'.repeat(4001)),
    ]);
    expect(openai.requests).toHaveLength(9);
    await gateway.row(9);
    expect(gateway.rows.every((row) => decided(row) === undefined)).toBe(true);
  });

  it('when the lever is off', async () => {
    await start({ enabled: false });
    await Promise.all(REVIEWS.map((review) => ask(review)));
    expect(openai.requests).toHaveLength(3);
  });
});

describe('a client that leaves', () => {
  it('while the common question is asked, pays its share, and the others get their answers', async () => {
    await start({ maxItems: 2 }, { limits: { drainMs: 0 } });
    const hold = createHold();
    openai.failNext({ kind: 'hold', hold });
    const leaving = new AbortController();
    const gone = ask('bad', {}, 'sk-test', leaving.signal).catch((error: unknown) => error);
    const stays = ask('good');
    await hold.arrived;
    leaving.abort();
    await gone;
    hold.releaseAll();
    expect(said(await stays)).toBe('positive');
    await gateway.row(2);
    expect(billed(gateway.rows)).toBe(costOf(COMMON));
    expect(gateway.rows.map(({ status }) => status).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'aborted',
      'ok',
    ]);
  });
});

describe('budgets', () => {
  it('count every share: together they have taken what the provider billed', async () => {
    const settings: AdmissionSettings = { budgets: [BUDGET], rateLimits: [], assumedOutputTokens: 50 };
    const admission = new Admission({
      settings: () => settings,
      counters: localCounters(),
      spent: async () => [],
      totals: null,
      clock: systemClock,
      log: silentLog,
    });
    try {
      await start(
        {},
        { admission: settings, services: { admission, observers: [(record) => admission.observe(record)] } },
      );
      await Promise.all(REVIEWS.map((review) => ask(review)));
      await gateway.row(3);
      const [state] = await admission.states(BUDGET, ['']);
      expect(picoFromUsd(state?.spentUsd ?? '-1')).toBe(billed(gateway.rows));
      expect(state).toMatchObject({ spentUsd: '0.000810', reservedUsd: '0.000000' });
    } finally {
      admission.close();
    }
  });
});
