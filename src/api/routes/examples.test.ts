import { expect, it } from 'vitest';
import { exampleList } from '../schemas/examples.ts';
import { get, openApi, send, sharedApi } from '../testing/ask.contract.ts';
import { CALL_ID, callRecord } from '../testing/record.contract.ts';

it('lists examples, and takes one away', async () => {
  const app = await sharedApi();
  const { body } = await get(app, '/api/v1/examples?alias=fast&task=code&limit=5');
  expect(exampleList.parse(body).examples).toMatchObject([{ callId: CALL_ID, question: 'How?' }]);
  expect((await send(app, 'DELETE', `/api/v1/examples/${CALL_ID}`)).body).toEqual({ removed: CALL_ID });
});

it.each([
  ['GET', '/api/v1/examples?limit=201', 400],
  ['GET', '/api/v1/examples?tenant=x', 400],
  ['DELETE', '/api/v1/examples/x', 400],
  ['DELETE', '/api/v1/examples/01900000-0000-7000-8000-000000000009', 404],
] as const)('%s %s is refused', async (method, url, status) => {
  expect((await send(await sharedApi(), method, url)).status).toBe(status);
});

it('is told by the answer to feedback', async () => {
  const rated: unknown[] = [];
  const app = await openApi({
    examples: {
      rated: async (feedback, record) => {
        rated.push([feedback.score, record.id]);
        return feedback.score === 1 ? { kept: true } : { kept: false, why: 'its rating is below 0.8' };
      },
      drop: async () => false,
      list: async () => [],
    },
  });
  const rate = async (score: number) =>
    (await send(app, 'POST', '/api/v1/feedback', { callId: CALL_ID, score })).body.example;
  expect(await rate(1)).toEqual({ kept: true });
  expect(await rate(0)).toEqual({ kept: false, why: 'its rating is below 0.8' });
  expect(rated).toEqual([
    [1, callRecord().id],
    [0, callRecord().id],
  ]);
});
