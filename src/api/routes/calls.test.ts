import { describe, expect, it } from 'vitest';
import { CallError } from '../../core/errors.ts';
import { SqlError } from '../../store/sql/sql-error.ts';
import { fakeLedger } from '../testing/fake-deps.contract.ts';
import { get, openApi, sharedApi } from '../testing/ask.contract.ts';
import { CALL_ID, callRecord, listedCall } from '../testing/record.contract.ts';
import { callDetail, callsPage } from '../schemas/calls.ts';

describe('GET /api/v1/calls', () => {
  it('lists calls without their bulky parts', async () => {
    const { status, body } = await get(await sharedApi(), '/api/v1/calls');
    expect(status).toBe(200);
    expect(callsPage.strict().parse(body).nextCursor).toBe('next');
    const { decisions, costParts, requestBody, responseBody, ...view } = listedCall();
    expect([decisions, costParts, requestBody, responseBody]).toHaveLength(4);
    expect(body.calls).toEqual([view]);
  });

  it('passes filters and the page on', async () => {
    const ledger = fakeLedger();
    const query =
      'limit=500&cursor=c&from=7d&to=2026-11-24T00:00:00%2B01:00&status=error&provider=openai&model=m&requestedModel=r' +
      '&team=t&user=u&key=k&session=s&tag=feature:search&tag=env:a:b&dialect=d&operation=embed&unpriced=true&errorCode=e&lever=cache';
    const { status } = await get(await openApi({ ledger }), `/api/v1/calls?${query}`);
    expect(status).toBe(200);
    expect(ledger.asked).toEqual([
      {
        page: { limit: 500, cursor: 'c' },
        filter: {
          from: '2026-11-17T12:00:00.000Z',
          to: '2026-11-23T23:00:00.000Z',
          status: 'error',
          provider: 'openai',
          model: 'm',
          requestedModel: 'r',
          team: 't',
          user: 'u',
          keyId: 'k',
          session: 's',
          dialect: 'd',
          operation: 'embed',
          errorCode: 'e',
          tags: [
            { name: 'feature', value: 'search' },
            { name: 'env', value: 'a:b' },
          ],
          unpricedOnly: true,
          lever: 'cache',
        },
      },
    ]);
  });

  it.each([
    ['limit=0', 'query.limit'],
    ['limit=501', 'query.limit'],
    ['limit=many', 'query.limit'],
    ['cursor=', 'query.cursor'],
    ['from=yesterday', 'query.from'],
    ['to=2026-13-45', 'query.to'],
    ['status=fine', 'query.status'],
    ['tag=feature', 'query.tag'],
    ['team=', 'query.team'],
    ['unpriced=yes', 'query.unpriced'],
    ['modle=gpt-4o', 'query.modle'],
  ])('refuses %s and says where', async (query, path) => {
    const { status, body } = await get(await sharedApi(), `/api/v1/calls?${query}`);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_request', path });
    expect(body.error.message).toContain(path.split('.')[1]);
  });

  it('guesses what was meant', async () => {
    const { body } = await get(await sharedApi(), '/api/v1/calls?modle=gpt-4o');
    expect(body.error.message).toBe('query has no "modle". Did you mean "model"?');
  });
});

describe('GET /api/v1/calls/:id', () => {
  it('gives the whole call', async () => {
    const { status, body } = await get(await sharedApi(), `/api/v1/calls/${CALL_ID}`);
    expect(status).toBe(200);
    expect(callDetail.strict().parse(body)).toEqual({ ...callRecord(), savings: {} });
  });

  it('sums up what each lever saved', async () => {
    const decision = { stage: 'cache', action: 'answered', why: 'seen before', atMs: 1 };
    const decisions = ['0.1', '-0.02'].map((savedUsd) => ({ ...decision, savedUsd }));
    const ledger = { ...fakeLedger(), call: async () => callRecord({ decisions }) };
    const { body } = await get(await openApi({ ledger }), `/api/v1/calls/${CALL_ID}`);
    expect(callDetail.parse(body).savings).toEqual({ cache: '0.080000' });
  });

  it('says that there is none', async () => {
    const app = await openApi();
    const other = await get(app, '/api/v1/calls/01938c6e-1111-7000-8000-00000000ffff');
    expect(other.status).toBe(404);
    expect(other.body.error).toMatchObject({ code: 'not_found', path: 'path.id' });
    const wrong = await get(app, '/api/v1/calls/17');
    expect(wrong.status).toBe(400);
    expect(wrong.body.error.path).toBe('path.id');
  });
});

it('says that the store is away', async () => {
  const away = () => Promise.reject(new SqlError('connection', 'connect ECONNREFUSED'));
  const { status, body, headers } = await get(
    await openApi({ ledger: { ...fakeLedger(), calls: away } }),
    '/api/v1/calls',
  );
  expect(status).toBe(503);
  expect(body.error.code).toBe('not_ready');
  expect(headers['retry-after']).toBe('5');
});

it('names the parameter that the store refuses', async () => {
  const refuse = () =>
    Promise.reject(new CallError('invalid_request', 'The cursor is none.', { param: 'cursor' }));
  const { status, body } = await get(
    await openApi({ ledger: { ...fakeLedger(), calls: refuse } }),
    '/api/v1/calls',
  );
  expect(status).toBe(400);
  expect(body.error.path).toBe('query.cursor');
});

it('hides the reason of a failure that is not the client’s', async () => {
  const lines: string[] = [];
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (message: string) => void lines.push(message),
  };
  const ledger = { ...fakeLedger(), calls: () => Promise.reject(new Error('password=hunter2')) };
  const { status, body } = await get(await openApi({ ledger, log }), '/api/v1/calls');
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain('hunter2');
  expect(lines).toHaveLength(1);
});
