import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { picoFromUsd } from '../../src/core/money.ts';
import { redisCounters } from '../../src/shared/counters/index.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import type { Harness } from '../harness.ts';
import { anthropicClient } from '../sdk/drivers/anthropic.ts';
import { REDIS, type RedisService, startRedis } from '../services/redis.ts';
import { silentLog } from '../services/silent-log.ts';
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
const opened: { close(): Promise<void> }[] = [];

async function start(admission: Parameters<typeof startLimited>[0], options: Options = {}): Promise<Harness> {
  const gateway = await startLimited(admission, { providers: { openai, anthropic }, ...options });
  opened.push(gateway);
  return gateway;
}

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
  anthropic = await startFakeProvider({ api: 'anthropic' });
});
beforeEach(() => {
  answerHello(openai, anthropic);
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});
afterAll(async () => {
  await openai.close();
  await anthropic.close();
});

describe('a budget', () => {
  it('refuses what it has no room for, and says when it has again', async () => {
    const gateway = await start({ budgets: [{ ...BUDGET, limitUsd: '0.1' }] });
    const { data } = await ask(gateway);
    expect(data.choices[0]?.message.content).toBe('Hello.');
    // 20 tokens of output and some 330 bytes of input at most: $0.0534 and more.
    let error: InstanceType<typeof OpenAI.APIError> | null = null;
    for (let calls = 0; calls < 5 && !error; calls++)
      error = await ask(gateway).then(
        () => null,
        (thrown: unknown) => thrown as InstanceType<typeof OpenAI.APIError>,
      );
    expect(error).toMatchObject({ status: 402, code: 'over_budget' });
    expect(error?.message).toMatch(/The budget everything is \$0.1 for month\. \$0\.0\d+ are left/);
    expect(Number(error?.headers?.get('retry-after'))).toBeGreaterThan(0);
    expect(total(gateway)).toBeLessThanOrEqual(picoFromUsd('0.1'));
    const last = gateway.rows.at(-1);
    expect(last).toMatchObject({
      status: 'error',
      errorCode: 'over_budget',
      attempts: 0,
      costUsd: '0.000000',
    });
  });

  it('is told in the words of Anthropic', async () => {
    const gateway = await start({ budgets: [{ ...BUDGET, limitUsd: '0.001' }] });
    const asked = anthropicClient({ origin: gateway.url, key: 'sk-test' }).messages.create({
      model: 'claude-haiku-4-5',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hello?' }],
    });
    const error: unknown = await asked.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ status: 402, error: { error: { type: 'billing_error' } } });
  });

  it('is kept for each team apart', async () => {
    const key = (team: string) => ({
      id: team,
      name: team,
      prefix: 'sk-illm-',
      scope: 'call' as const,
      team,
      user: null,
      tags: {},
      createdAt: '2026-11-24T00:00:00.000Z',
      revokedAt: null,
      expiresAt: null,
    });
    const gateway = await start(
      { budgets: [{ ...BUDGET, name: 'teams', by: 'team', limitUsd: '0.054' }] },
      { keys: { 'sk-illm-a': key('search'), 'sk-illm-b': key('ads') } },
    );
    await ask(gateway, {}, 'sk-illm-a');
    const error = await refused(ask(gateway, {}, 'sk-illm-a'));
    expect(error.message).toContain('The budget teams of team "search"');
    await ask(gateway, {}, 'sk-illm-b');
  });

  it('bounds the answer of a call that asks for no maximum', async () => {
    const gateway = await start({ budgets: [BUDGET], assumedOutputTokens: 33 });
    await ask(gateway, { max_tokens: undefined });
    const sent = JSON.parse(openai.requests[0]?.body.toString() ?? '{}') as Record<string, unknown>;
    expect(sent['max_completion_tokens'] ?? sent['max_tokens']).toBe(33);
    expect(gateway.rows[0]?.decisions.map(({ action }) => action)).toContain('bounded');
  });

  it('leaves a call as it came that is kept in no budget', async () => {
    const others = [
      { ...BUDGET, name: 'research', by: 'tag:project' as const, only: 'research' },
      { ...BUDGET, name: 'google', by: 'provider' as const, only: 'google' },
      { ...BUDGET, name: 'large', by: 'model' as const, only: 'openai/gpt-4.1' },
    ];
    const gateway = await start({ budgets: others, assumedOutputTokens: 33 });
    await ask(gateway, { max_tokens: undefined });
    const sent = openai.requests[0]?.body.toString() ?? '';
    expect(sent).toContain('"messages"');
    expect(sent).not.toMatch(/max_(completion_)?tokens/);
    expect(gateway.rows[0]?.decisions.map(({ stage }) => stage)).not.toContain('admit');
  });

  it('sends calls to a cheaper alias instead, and the row says what that saved', async () => {
    const gateway = await start({ budgets: [{ ...BUDGET, limitUsd: '0.02', degradeTo: 'fast' }] });
    const { response } = await ask(gateway, { model: 'smart' });
    expect(response.headers.get('x-illm-degraded')).toBe('fast');
    const row = await gateway.row();
    expect(row).toMatchObject({ target: { model: 'gpt-4o-mini' }, costUsd: '0.000140' });
    // $0.014 would have been paid.
    expect(row.decisions.find(({ action }) => action === 'degraded')?.savedUsd).toBe('0.013860');
  });

  it('begins with what the ledger says, and counts relays by what is assumed of them', async () => {
    const spent = [{ subject: '', at: Date.now(), costUsd: '0.995' }];
    const gateway = await start({ budgets: [BUDGET] }, { spent });
    expect((await refused(ask(gateway))).message).toContain('$0.005000 are left');
    const relayed = await fetch(`${gateway.url}/providers/openai/v1/moderations`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
      body: '{"input":"x"}',
    });
    expect(relayed.status).toBe(402);
  });

  it('refuses models of unknown price unless it may count them as assumed', async () => {
    const prices = { rules: [] };
    const gateway = await start({ budgets: [BUDGET] }, { prices });
    const error = await refused(ask(gateway, { model: 'openai/unheard-of' }));
    expect(error).toMatchObject({ status: 402 });
    expect(error.message).toContain('unpriced: allow');
    const open = await start({ budgets: [{ ...BUDGET, unpriced: 'allow' }] }, { prices });
    await ask(open, { model: 'openai/unheard-of' });
  });

  it('gives back what failed before its answer, and goes on with the next target', async () => {
    const models = { fast: ['openai/gpt-4o', 'anthropic/claude-haiku-4-5'] };
    const gateway = await start(
      { budgets: [{ ...BUDGET, limitUsd: '0.1' }] },
      { models, retry: { attempts: 1 } },
    );
    openai.failNext({ kind: 'status', status: 500 } as never);
    await ask(gateway, { model: 'fast' });
    expect(gateway.rows[0]).toMatchObject({ attempts: 2, costUsd: COST_USD });
  });
});

describe('a thousand calls at once', () => {
  const flood = async (gateways: readonly Harness[]): Promise<number> => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, i) =>
        fetch(`${gateways[i % gateways.length]?.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }], ...MAX }),
        }).then(async (response) => {
          await response.arrayBuffer();
          return response.status;
        }),
      ),
    );
    const codes = outcomes.map((each) => (each.status === 'fulfilled' ? each.value : 0));
    expect(new Set(codes)).toEqual(new Set([200, 402]));
    return codes.filter((code) => code === 200).length;
  };

  it('never spend more than $1', { timeout: 60_000 }, async () => {
    const gateway = await start({ budgets: [BUDGET] });
    const answered = await flood([gateway]);
    expect(answered).toBeGreaterThan(10);
    expect(total(gateway)).toBe(BigInt(answered) * picoFromUsd(COST_USD));
    expect(total(gateway)).toBeLessThanOrEqual(picoFromUsd('1'));
  });

  describe(`over Redis${REDIS.note}`, () => {
    let redis: RedisService | undefined;
    beforeAll(async () => {
      if (REDIS.available) redis = await startRedis();
    });
    afterAll(() => redis?.kill());

    it.skipIf(!REDIS.available)(
      'never spend more than $1 by three gateways',
      { timeout: 60_000 },
      async () => {
        const all: Harness[] = [];
        for (let i = 0; i < 3; i++) {
          const counters = redisCounters(redis?.url ?? '', silentLog);
          all.push(await start({ budgets: [BUDGET] }, { counters }));
          opened.push(counters);
        }
        const answered = await flood(all);
        expect(answered).toBeGreaterThan(10);
        expect(total(...all)).toBeLessThanOrEqual(picoFromUsd('1'));
      },
    );
  });
});

describe('a rate limit', () => {
  it('refuses calls beyond it, with the time to wait, and tells what is left', async () => {
    const gateway = await start({ rateLimits: [{ ...RATE, requestsPerMinute: 2 }] });
    const { response } = await ask(gateway);
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('2');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    await ask(gateway);
    const error = await refused(ask(gateway));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error.message).toContain('The limit everyone is 2 requests a minute');
    const wait = Number(error.headers?.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(62);
    expect(openai.requests).toHaveLength(2);
  });

  it('counts tokens as they were used', async () => {
    const gateway = await start({ rateLimits: [{ ...RATE, tokensPerMinute: 120 }] });
    // Each used 50; a third would claim a quarter of its bytes.
    await ask(gateway);
    await ask(gateway);
    expect((await refused(ask(gateway))).status).toBe(429);
  });

  it('bounds calls at once, and is free again when they are over', async () => {
    const gateway = await start({ rateLimits: [{ ...RATE, concurrency: 3 }] });
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => ask(gateway)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(3);
    for (let calls = 0; calls < 5; calls++) await ask(gateway);
  });

  it('can be one model’s', async () => {
    const gateway = await start({
      rateLimits: [{ ...RATE, name: 'small', by: 'model', only: 'openai/gpt-4o-mini', requestsPerMinute: 1 }],
    });
    await ask(gateway, { model: 'gpt-4o-mini' });
    expect((await refused(ask(gateway, { model: 'gpt-4o-mini' }))).status).toBe(429);
    await ask(gateway);
    await ask(gateway);
  });
});
