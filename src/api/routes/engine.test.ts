import { expect, it } from 'vitest';
import { engineList } from '../schemas/engine.ts';
import type { LocalEngine } from '../index.ts';
import { get, openApi } from '../testing/ask.contract.ts';
import { Secret } from '../../core/secret.ts';

const ENGINE: LocalEngine = {
  model: 'smollm2-135m-instruct',
  state: 'ready',
  message: null,
  restarts: 1,
  report: {
    contextLength: 8192,
    running: 1,
    waiting: 2,
    preemptions: 0,
    tokensHeld: 300,
    prefillTokens: 1000,
    decodeTokens: 50,
    tokensPerSecond: 33.5,
    blocks: { total: 100, free: 90, cached: 5 },
    kv: { type: 'bf16', blockTokens: 64, blockBytes: 2_949_120 },
    instances: [
      {
        id: 'a1',
        role: 'engine',
        self: true,
        planner: true,
        address: '127.0.0.1:9200',
        alive: true,
        blocks: { total: 100, free: 90, used: 10, lent: 0, borrowed: 4 },
      },
    ],
    wire: { sentBytes: 10, receivedBytes: 20 },
    requests: { finished: 3, failed: 1, aborted: 0 },
    uptimeMs: 60_000,
  },
};

it('GET /api/v1/engine tells how the engines of this machine do', async () => {
  const starting: LocalEngine = { model: 'b', state: 'starting', message: null, restarts: 0, report: null };
  const { body } = await get(await openApi({ engines: async () => [ENGINE, starting] }), '/api/v1/engine');
  expect(engineList.parse(body)).toEqual({ engines: [ENGINE, starting] });
});

it('GET /api/v1/engine is for those who may read the ledger', async () => {
  const app = await openApi({ adminKey: new Secret('sk-illm-root') });
  expect((await get(app, '/api/v1/engine')).status).toBe(401);
});
