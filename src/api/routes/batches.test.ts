import { describe, expect, it } from 'vitest';
import type { BatchReport } from '../../core/batch-report.ts';
import { get, openApi, send } from '../testing/ask.contract.ts';
import { fakeDeps } from '../testing/fake-deps.contract.ts';

const AT = Date.UTC(2026, 10, 24);

const batch = (id: string, change: Partial<BatchReport> = {}): BatchReport => ({
  id,
  tenant: 'team:search',
  caller: { keyId: null, keyName: 'ci', team: 'search', user: null, tags: { app: 'x' } },
  endpoint: '/v1/chat/completions',
  inputFileId: 'file-1',
  metadata: { job: '7' },
  status: 'in_progress',
  problems: [],
  outputFileId: null,
  errorFileId: null,
  total: 3,
  completed: 1,
  failed: 0,
  createdAt: AT,
  expiresAt: AT + 86_400_000,
  startedAt: AT,
  cancellingAt: null,
  endedAt: null,
  waiting: 1,
  running: 0,
  submitted: 1,
  carriers: [{ provider: 'openai', asBatch: true, calls: 2 }],
  costUsd: '0.000135',
  savedUsd: '0.000135',
  unpricedCalls: 0,
  ...change,
});

async function withBatches(...all: BatchReport[]) {
  const cancelled: string[] = [];
  const { batches } = fakeDeps();
  const app = await openApi({
    batches: {
      ...batches,
      list: async ({ limit, after }) => all.filter(({ id }) => after === null || id < after).slice(0, limit),
      find: async (id) => all.find((each) => each.id === id) ?? null,
      items: async (_id, { after, limit, state }) =>
        [1, 2, 3]
          .filter((line) => line > after && (state === null || state === 'failed'))
          .slice(0, limit)
          .map((line) => ({
            line,
            customId: `c${line}`,
            model: 'm',
            state: 'failed',
            attempt: 0,
            notBefore: null,
            error: { code: 'timeout', message: 'Too slow.' },
            callId: null,
          })),
      cancel: async (tenant, id) => cancelled.push(`${tenant} ${id}`),
    },
  });
  return { app, cancelled };
}

describe('/api/v1/batches', () => {
  it('lists batches page by page, without tenants and files', async () => {
    const { app } = await withBatches(batch('batch_2'), batch('batch_1'));
    const first = await get(app, '/api/v1/batches?limit=1');
    expect(first.body).toMatchObject({
      batches: [{ id: 'batch_2', keyName: 'ci', createdAt: '2026-11-24T00:00:00.000Z', endedAt: null }],
      nextCursor: 'batch_2',
      hours: { windows: [], opensAt: null },
    });
    expect(JSON.stringify(first.body)).not.toMatch(/tenant|inputFile/);
    const next = await get(app, '/api/v1/batches?limit=1&cursor=batch_2');
    expect([next.body.batches[0].id, next.body.nextCursor]).toEqual(['batch_1', null]);
  });

  it('shows one with its calls, and says which is not there', async () => {
    const { app } = await withBatches(batch('batch_1'));
    expect((await get(app, '/api/v1/batches/batch_1')).body.batch.carriers).toHaveLength(1);
    const items = await get(app, '/api/v1/batches/batch_1/items?limit=2');
    expect(items.body).toMatchObject({ items: [{ line: 1 }, { line: 2 }], nextCursor: '2' });
    const rest = await get(app, '/api/v1/batches/batch_1/items?cursor=2&state=failed');
    expect(rest.body).toMatchObject({ items: [{ line: 3, error: { code: 'timeout' } }], nextCursor: null });
    for (const path of ['batch_9', 'batch_9/items?state=waiting'])
      expect((await get(app, `/api/v1/batches/${path}`)).status).toBe(404);
    for (const path of ['x%27;', 'batch_1/items?state=none', 'batch_1/items?limit=0'])
      expect((await get(app, `/api/v1/batches/${path}`)).status).toBe(400);
  });

  it('cancels for the tenant whose batch it is', async () => {
    const { app, cancelled } = await withBatches(batch('batch_1'));
    expect((await send(app, 'POST', '/api/v1/batches/batch_1/cancel')).status).toBe(200);
    expect((await send(app, 'POST', '/api/v1/batches/batch_9/cancel')).status).toBe(404);
    expect(cancelled).toEqual(['team:search batch_1']);
  });
});
