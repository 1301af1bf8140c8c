import { describe, expect, it } from 'vitest';
import { dimensions } from '../schemas/dimensions.ts';
import { errorRows } from '../schemas/error-rows.ts';
import { latencyReport } from '../schemas/latency.ts';
import { savingsReport } from '../schemas/savings.ts';
import { spendReport } from '../schemas/spend.ts';
import { get, openApi, sharedApi } from '../testing/ask.contract.ts';
import { fakeLedger } from '../testing/fake-deps.contract.ts';

describe.each([
  ['spend', spendReport],
  ['latency', latencyReport],
  ['savings', savingsReport],
] as const)('GET /api/v1/%s', (route, schema) => {
  it('groups as asked, over the last day by default', async () => {
    const ledger = fakeLedger();
    const { status, body } = await get(
      await openApi({ ledger }),
      `/api/v1/${route}?groupBy=day, model,tag:feature&team=a`,
    );
    expect(status).toBe(200);
    expect(schema.parse(body).groupBy).toEqual(['day', 'model', 'tag:feature']);
    expect(ledger.asked[0]).toMatchObject({
      groupBy: ['day', 'model', 'tag:feature'],
      limit: 200,
      filter: { from: '2026-11-23T12:00:00.000Z', to: '2026-11-24T12:00:01.000Z', team: 'a' },
    });
  });

  it('starts a day before a given end', async () => {
    const ledger = fakeLedger();
    await get(await openApi({ ledger }), `/api/v1/${route}?to=2026-11-10`);
    expect(ledger.asked[0]).toMatchObject({ groupBy: [], filter: { from: '2026-11-09T00:00:00.000Z' } });
  });

  it.each([
    ['groupBy=modle', 'query.groupBy'],
    ['groupBy=tag:', 'query.groupBy'],
    ['groupBy=day,hour,model,team,user', 'query.groupBy'],
    ['group_by=model', 'query.group_by'],
    ['limit=0', 'query.limit'],
    ['from=2026-11-24T12:00:01Z', 'query.from'],
    ['from=1h&to=2h', 'query.from'],
  ])('refuses %s and says where', async (query, path) => {
    const { status, body } = await get(await sharedApi(), `/api/v1/${route}?${query}`);
    expect(status).toBe(400);
    expect(body.error.path).toBe(path);
  });
});

it('groups only savings by lever', async () => {
  const app = await sharedApi();
  expect((await get(app, '/api/v1/savings?groupBy=lever,day')).body.groupBy).toEqual(['lever', 'day']);
  expect((await get(app, '/api/v1/spend?groupBy=lever')).status).toBe(400);
});

it('GET /api/v1/errors counts errors', async () => {
  const ledger = fakeLedger();
  const { body } = await get(await openApi({ ledger }), '/api/v1/errors?from=1h&provider=openai');
  expect(errorRows.parse(body).rows[0]?.calls).toBe(2);
  expect(ledger.asked[0]).toMatchObject({ filter: { from: '2026-11-24T11:00:00.000Z', provider: 'openai' } });
});

it('GET /api/v1/dimensions tells what there is, of the last 30 days by default', async () => {
  const ledger = fakeLedger();
  const app = await openApi({ ledger });
  expect(dimensions.parse((await get(app, '/api/v1/dimensions')).body).tag).toEqual({ feature: ['answers'] });
  expect(ledger.asked[0]).toEqual({ from: '2026-10-25T12:00:00.000Z' });
  expect((await get(app, '/api/v1/dimensions?to=1h')).status).toBe(400);
});
