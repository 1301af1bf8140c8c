import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { usageOf } from '../../src/core/usage.ts';
import { type GatewayFixture, startGateway } from '../gateway-fixture.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';

const ALIAS = {
  targets: ['openai/gpt-4o', 'openai/gpt-4o-mini'],
  strategy: 'cheapest',
  route: {
    quality: { 'openai/gpt-4o': { code: { score: 0.95, of: 400 }, any: 0.5 } },
    experiment: { b: 'openai/gpt-4.1-nano', share: 0.5, metric: 'feedback' },
  },
};

let gateway: GatewayFixture;

beforeAll(async () => {
  gateway = await startGateway({ config: { models: { smart: ALIAS } } });
  gateway.providers.openai.script((ask) =>
    scenarioOf(ask, { text: ['Hello'], usage: usageOf({ input: 100, output: 10 }) }),
  );
}, 60_000);
afterAll(async () => await gateway.stop());

async function post(body: object, key?: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${gateway.origin}/api/v1/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function ask(key: string, headers: Record<string, string> = {}) {
  const { data, response } = await openAiClient({ origin: gateway.origin, key, headers })
    .chat.completions.create({ model: 'smart', messages: [{ role: 'user', content: 'Hello there' }] })
    .withResponse();
  return { callId: response.headers.get('x-illm-call-id') ?? '', text: data.choices[0]?.message.content };
}

interface Model {
  readonly target: string;
  readonly inputUsd: string | null;
  readonly totalMs: { readonly p95: number; readonly weight: number } | null;
  readonly successRate: number | null;
  readonly quality: readonly { task: string; mean: number; lower: number; evidence: number }[];
}

async function models(): Promise<Record<string, Model>> {
  const { body } = await gateway.api('GET', '/route/models');
  return Object.fromEntries((body['models'] as unknown as Model[]).map((model) => [model.target, model]));
}

const keyOf = async (name: string): Promise<string> => {
  const { secret } = (await gateway.api('POST', '/keys', { name })).body;
  return typeof secret === 'string' ? secret : '';
};

describe('feedback, end to end', () => {
  it('of the keys that called is learnt from, and from nobody else', async () => {
    const [own, other] = [await keyOf('own'), await keyOf('other')];
    const { callId } = await ask(own, { 'x-illm-session': 'one', 'x-illm-task': 'code' });

    expect(await post({ callId, score: 1 }, other)).toMatchObject({ status: 404 });
    expect(await post({ callId, score: 1 }, 'sk-illm-nobody')).toMatchObject({ status: 201 });
    const given = await post({ callId, thumbs: 'down', comment: 'wrong' }, own);
    expect(given).toMatchObject({ status: 201, body: { callId, score: 0, task: 'code' } });

    const target = String(given.body['target']);
    await expect
      .poll(async () => (await models())[target]?.quality.find(({ task }) => task === 'code')?.evidence)
      .toBe(1);
    const { [target]: rated } = await models();
    expect(rated?.quality.find(({ task }) => task === 'code')?.mean).toBeCloseTo(1 / 3, 9);
    expect(rated).toMatchObject({ successRate: 1 });
    expect(rated?.totalMs?.weight).toBeGreaterThan(0);

    const again = await post({ callId, score: 0.5, task: 'chat' }, own);
    expect(again).toMatchObject({ status: 201, body: { score: 0.5, task: 'chat' } });
    await expect
      .poll(async () => (await models())[target]?.quality.map(({ evidence, task }) => [task, evidence]))
      .toEqual(expect.arrayContaining([['chat', 1]]));
  });

  it('must be whole', async () => {
    const callId = '01938c6e-1111-7000-8000-000000000001';
    expect(await post({ callId, score: 1 })).toMatchObject({ status: 404 });
    expect(await post({ callId: 'x', score: 1 })).toMatchObject({ status: 400 });
    for (const body of [
      {},
      { score: 2 },
      { score: -0.1 },
      { thumbs: 'sideways' },
      { score: 1, thumbs: 'up' },
      { score: 1, task: 'A B' },
    ])
      expect(await post({ callId, ...body })).toMatchObject({ status: 400 });
  });

  it('decides experiments', async () => {
    const key = await keyOf('tester');
    for (let session = 0; session < 6; session++) {
      const { callId } = await ask(key, { 'x-illm-session': `s${session}` });
      expect(await post({ callId, thumbs: 'up' }, key)).toMatchObject({ status: 201 });
    }
    const outcomes = async (): Promise<number> => {
      const { body } = await gateway.api('GET', '/route/experiments');
      const [found] = body['experiments'] as unknown as {
        a: { outcomes: number };
        b: { outcomes: number };
      }[];
      return (found?.a.outcomes ?? 0) + (found?.b.outcomes ?? 0);
    };
    // One call of the first test was rated too; its later ratings do not count.
    await expect.poll(outcomes, { timeout: 8_000 }).toBe(7);
  }, 20_000);
});
