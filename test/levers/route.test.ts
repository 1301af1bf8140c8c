import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { usdFromPico } from '../../src/core/money.ts';
import { NO_ROUTE, type RouteSettings } from '../../src/core/plan/route.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { createRouting, type Routing } from '../../src/policy/route/index.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { silentLog } from '../services/silent-log.ts';

/** Picodollars a token. */
const DEAR = { input: 10_000_000n, output: 40_000_000n };
const CHEAP = { input: 1_000_000n, output: 4_000_000n };
const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [
    { match: 'openai/*', rates: { input: '10', output: '40' }, discount: null },
    { match: 'anthropic/*', rates: { input: '1', output: '4' }, discount: null },
  ],
};
const USED = { input: 1000, output: 50 };
const cost = ({ input, output }: typeof DEAR, used = USED): bigint =>
  BigInt(used.input) * input + BigInt(used.output) * output;

const ALIAS = ['openai/gpt-4o', 'anthropic/claude-haiku-4-5'];

let openai: FakeProvider;
let anthropic: FakeProvider;
let gateway: Harness;
let routing: Routing;

async function start(route: Partial<RouteSettings>, options: Partial<HarnessOptions> = {}): Promise<void> {
  routing = createRouting({ store: null, bus: null, clock: systemClock, log: silentLog });
  gateway = await startHarness({
    providers: { openai, anthropic },
    prices: PRICES,
    models: { fast: ALIAS },
    levers: { route: { ...NO_ROUTE, ...route } },
    services: { routing, observers: [(record) => routing.observe(record)] },
    ...options,
  });
}

function says(fake: FakeProvider, text: readonly string[], used = USED): void {
  fake.script((ask) => scenarioOf(ask, { text, usage: usageOf(used) }));
}

beforeAll(async () => {
  [openai, anthropic] = await Promise.all([
    startFakeProvider({ api: 'openai' }),
    startFakeProvider({ api: 'anthropic' }),
  ]);
});
afterAll(async () => await Promise.all([openai.close(), anthropic.close()]));
beforeEach(() => {
  for (const fake of [openai, anthropic]) fake.reset();
  says(openai, ['A dear ', 'answer.']);
  says(anthropic, ['A cheap ', 'answer.']);
});
afterEach(async () => await gateway.close());

const client = (headers: Record<string, string> = {}) =>
  openAiClient({ origin: gateway.url, key: 'any', headers });
const QUESTION = { model: 'fast', messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }] };

async function ask(headers: Record<string, string> = {}): Promise<string | null | undefined> {
  const answer = await client(headers).chat.completions.create(QUESTION);
  return answer.choices[0]?.message.content;
}

async function chosen(count = 1) {
  const row = await gateway.row(count);
  return {
    row,
    decision: row.decisions.find(({ stage, action }) => stage === 'route' && action === 'chose'),
  };
}

describe('routing, end to end', () => {
  it('leaves calls in their order alone', async () => {
    await start({});
    expect(await ask()).toBe('A dear answer.');
    const { decision } = await chosen();
    expect(decision?.why).toBe('openai/gpt-4o: fast is an alias');
    expect(decision).not.toHaveProperty('savedUsd');
  });

  it('goes to the cheapest, and books what the first would have cost more', async () => {
    await start({ strategy: 'cheapest' });
    expect(await ask()).toBe('A cheap answer.');
    expect(openai.requests).toHaveLength(0);
    for (const name of Object.keys(anthropic.requests[0]!.headers)) expect(name).not.toMatch(/^x-illm/);
    const { decision, row } = await chosen();
    expect(row.costUsd).toBe(usdFromPico(cost(CHEAP)));
    expect(decision?.savedUsd).toBe(usdFromPico(cost(DEAR) - cost(CHEAP)));
    expect(decision?.savedUsd).toBe('0.010800');
    expect(decision?.details).toMatchObject({
      strategy: 'cheapest',
      task: 'chat',
      candidates: [
        { target: 'openai/gpt-4o', p95Ms: null, successRate: 1 },
        { target: 'anthropic/claude-haiku-4-5' },
      ],
    });
  });

  it('streams in the dialect of the client, whoever is cheapest', async () => {
    await start({ strategy: 'cheapest' });
    const claude = anthropicClient({ origin: gateway.url, key: 'any' });
    const message = await claude.messages
      .stream({ model: 'fast', max_tokens: 100, messages: QUESTION.messages })
      .finalMessage();
    expect(message.content).toMatchObject([{ type: 'text', text: 'A cheap answer.' }]);
    expect((await chosen()).decision?.savedUsd).toBe('0.010800');
  });

  it('falls back when the cheapest fails, and then has saved nothing', async () => {
    await start({ strategy: 'cheapest' }, { retry: { attempts: 1 } });
    anthropic.failNext({ kind: 'status', status: 500 });
    expect(await ask()).toBe('A dear answer.');
    const { decision, row } = await chosen();
    expect(decision?.savedUsd).toBe('0.000000');
    expect(row.decisions.map(({ action }) => action)).toContain('fell-back');
    expect(routing.table.successRate('anthropic/claude-haiku-4-5')).toBe(0);
    expect(routing.table.successRate('openai/gpt-4o')).toBe(1);
  });

  it('compares with the reference of the configuration', async () => {
    await start({ strategy: 'cheapest', reference: { provider: 'anthropic', model: 'claude-haiku-4-5' } });
    await ask();
    expect((await chosen()).decision?.savedUsd).toBe('0.000000');
  });
});

describe('a cascade, end to end', () => {
  it('takes the cheap answer, streamed', async () => {
    await start({ strategy: 'cascade' });
    const stream = await client().chat.completions.create({ ...QUESTION, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('A cheap answer.');
    const { decision, row } = await chosen();
    expect(row.costUsd).toBe(usdFromPico(cost(CHEAP)));
    expect(decision?.savedUsd).toBe('0.010800');
    expect(openai.requests).toHaveLength(0);
  });

  it.each([false, true])(
    'escalates from a refusal, and its loss is the rejected answer (stream: %s)',
    async (stream) => {
      await start({ strategy: 'cascade' });
      says(anthropic, ["I'm sorry, but ", 'I can not help with that.'], { input: 900, output: 20 });
      if (stream) {
        let text = '';
        for await (const chunk of await client().chat.completions.create({ ...QUESTION, stream }))
          text += chunk.choices[0]?.delta.content ?? '';
        expect(text).toBe('A dear answer.');
      } else expect(await ask()).toBe('A dear answer.');
      const { decision, row } = await chosen();
      const rejected = cost(CHEAP, { input: 900, output: 20 });
      expect(row.costUsd).toBe(usdFromPico(cost(DEAR) + rejected));
      expect(decision?.savedUsd).toBe(usdFromPico(-rejected));
      expect(decision?.savedUsd).toBe('-0.000980');
      expect(row.target).toEqual({ provider: 'openai', model: 'gpt-4o' });
      expect(row.usage).toMatchObject({ input: 1900, output: 70 });
      expect(row.decisions.find(({ action }) => action === 'escalated')).toMatchObject({
        details: { target: 'anthropic/claude-haiku-4-5', rule: 'it refuses' },
      });
      const parts = row.costParts.filter(({ stage }) => stage === 'route');
      expect(parts.map(({ kind, target }) => [kind, target])).toEqual([
        ['input', 'anthropic/claude-haiku-4-5'],
        ['output', 'anthropic/claude-haiku-4-5'],
      ]);
    },
  );

  it('escalates from JSON that does not fit the schema', async () => {
    await start({ strategy: 'cascade' });
    says(anthropic, ['{"colour": 3}']);
    says(openai, ['{"colour": "blue"}']);
    const schema = { type: 'object', properties: { colour: { type: 'string' } }, required: ['colour'] };
    const answer = await client().chat.completions.create({
      ...QUESTION,
      response_format: { type: 'json_schema', json_schema: { name: 'sky', schema } },
    });
    expect(answer.choices[0]?.message.content).toBe('{"colour": "blue"}');
    const { row } = await chosen();
    expect(row.decisions.find(({ action }) => action === 'escalated')?.details).toMatchObject({
      rule: 'its JSON does not fit the schema: $.colour is not of type string',
    });
  });

  it('asks a judge, whose rating is a part of the cost', async () => {
    const target = { provider: 'openai', model: 'judge' };
    await start({
      strategy: 'cascade',
      cascade: { ...NO_ROUTE.cascade, judge: { target, minScore: 0.6 } },
    });
    let rating = '9';
    openai.script((asked) =>
      asked.model === 'judge'
        ? scenarioOf(asked, { text: [rating], usage: usageOf({ input: 200, output: 1 }) })
        : scenarioOf(asked, { text: ['A dear answer.'], usage: usageOf(USED) }),
    );
    const judging = cost(DEAR, { input: 200, output: 1 });
    expect(await ask()).toBe('A cheap answer.');
    const first = await chosen();
    expect(first.row.costUsd).toBe(usdFromPico(cost(CHEAP) + judging));
    expect(first.decision?.savedUsd).toBe(usdFromPico(cost(DEAR) - cost(CHEAP) - judging));

    rating = '3';
    expect(await ask()).toBe('A dear answer.');
    const second = await chosen(2);
    expect(second.row.costUsd).toBe(usdFromPico(cost(DEAR) + cost(CHEAP) + judging));
    expect(second.decision?.savedUsd).toBe(usdFromPico(-cost(CHEAP) - judging));
  });
});

describe('limits, end to end', () => {
  const learn = (name: string, totalMs: number): void => {
    const [provider = '', model = ''] = name.split('/');
    for (let calls = 0; calls < 20; calls++)
      routing.table.learn({
        target: { provider, model },
        failed: false,
        ttftMs: totalMs,
        totalMs,
        outputTokens: 50,
        usdPerToken: null,
      });
  };

  it('take the cheapest that is fast enough', async () => {
    await start({});
    learn('openai/gpt-4o', 100);
    learn('anthropic/claude-haiku-4-5', 800);
    expect(await ask({ 'x-illm-max-latency-ms': '2000' })).toBe('A cheap answer.');
    expect(await ask({ 'x-illm-max-latency-ms': '300' })).toBe('A dear answer.');
  });

  it('are refused in the words of the dialect when none fits, with the nearest', async () => {
    await start({ maxLatencyMs: 50 });
    learn('openai/gpt-4o', 100);
    learn('anthropic/claude-haiku-4-5', 800);
    await expect(ask()).rejects.toMatchObject({
      status: 400,
      code: 'no_model_fits',
      message: expect.stringMatching(/within 50 ms .* the nearest is openai\/gpt-4o with \d+ ms/) as string,
    });
    const claude = anthropicClient({ origin: gateway.url, key: 'any' });
    await expect(
      claude.messages.create({ model: 'fast', max_tokens: 9, messages: QUESTION.messages }),
    ).rejects.toMatchObject({ status: 400, error: { error: { type: 'invalid_request_error' } } });
    const row = await gateway.row();
    expect(row).toMatchObject({
      status: 'error',
      errorCode: 'no_model_fits',
      costUsd: '0.000000',
      attempts: 0,
    });
  });

  it('of quality count what is known by evaluation and rating, for the task', async () => {
    const quality = {
      'openai/gpt-4o': { any: { score: 0.95, of: 200 } },
      'anthropic/claude-haiku-4-5': { code: { score: 0.95, of: 200 }, any: { score: 0.6, of: 200 } },
    };
    await start({ quality });
    expect(await ask({ 'x-illm-min-quality': '0.9', 'x-illm-task': 'code' })).toBe('A cheap answer.');
    expect(await ask({ 'x-illm-min-quality': '0.9' })).toBe('A dear answer.');
    await expect(ask({ 'x-illm-min-quality': '0.99' })).rejects.toMatchObject({
      code: 'no_model_fits',
      message: expect.stringContaining('of openai/gpt-4o, from 200 judged answers') as string,
    });
    await expect(ask({ 'x-illm-min-quality': '2' })).rejects.toMatchObject({
      status: 400,
      param: 'x-illm-min-quality',
    });
  });
});

describe('sessions and experiments, end to end', () => {
  it('keep a session where it is', async () => {
    await start({ sticky: true });
    const answers = new Map<string, Set<string>>();
    for (let call = 0; call < 24; call++) {
      const session = `s${call % 8}`;
      const text = (await ask({ 'x-illm-session': session })) ?? '';
      answers.set(session, (answers.get(session) ?? new Set()).add(text));
    }
    expect([...answers.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...answers.values()].flatMap((texts) => [...texts])).size).toBe(2);
  });

  it('share calls out, count outcomes, and stop for a canary that fails', async () => {
    const experiment = {
      name: 'haiku',
      b: [{ provider: 'anthropic', model: 'claude-haiku-4-5' }],
      share: 0.5,
      metric: 'success' as const,
      alpha: 0.05,
      effect: 0.2,
      minOutcomes: 10,
      mostOutcomes: 1000,
      adopt: false,
    };
    await start({ experiment }, { models: { fast: ['openai/gpt-4o'] }, retry: { attempts: 1 } });
    const answers: (string | null | undefined)[] = [];
    let calls = 0;
    for (; calls < 60 && routing.experiments.states[0]?.status !== 'b-worse'; calls++) {
      anthropic.failNext({ kind: 'status', status: 500 });
      answers.push(await ask({ 'x-illm-session': `s${calls}` }));
      await gateway.row(calls + 1);
    }
    // The other side answered in b's place, so that no client noticed.
    expect(new Set(answers)).toEqual(new Set(['A dear answer.']));
    const [state] = routing.experiments.states;
    expect(state).toMatchObject({ key: expect.stringMatching(/^fast\/haiku#/) as string, status: 'b-worse' });
    expect(state?.b).toMatchObject({ sum: 0 });
    expect(state?.a.sum).toBe(state?.a.count);
    const before = anthropic.requests.length;
    for (let more = 0; more < 10; more++) await ask({ 'x-illm-session': `s${more}` });
    expect(anthropic.requests).toHaveLength(before);
    expect((await gateway.row(calls + 10)).decisions[0]?.details).not.toHaveProperty('experiment');
  });
});
