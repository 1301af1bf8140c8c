import type { EngineInstance, LocalEngine } from '../../../web/src/api/types.ts';

function instance(id: string, change: Partial<EngineInstance>): EngineInstance {
  const blocks = { total: 512, free: 512, used: 0, lent: 0, borrowed: 0 };
  return { id, role: 'lender', self: false, planner: false, address: null, alive: true, blocks, ...change };
}

/** One engine whose context spreads over three lenders, and one that does not come up. */
export function mockEngines(): LocalEngine[] {
  return [
    {
      model: 'smollm2-135m-instruct',
      state: 'ready',
      message: null,
      restarts: 0,
      report: {
        contextLength: 131_072,
        running: 3,
        waiting: 1,
        preemptions: 2,
        tokensHeld: 38_214,
        prefillTokens: 1_204_117,
        decodeTokens: 88_012,
        tokensPerSecond: 41.7,
        blocks: { total: 640, free: 43, cached: 61 },
        kv: { type: 'bf16', blockTokens: 64, blockBytes: 2_949_120 },
        instances: [
          instance('engine-7f3a', {
            role: 'engine',
            self: true,
            planner: true,
            address: '10.0.0.1:9200',
            blocks: { total: 384, free: 43, used: 341, lent: 0, borrowed: 256 },
          }),
          instance('lender-1', {
            address: '10.0.0.2:9200',
            blocks: { total: 512, free: 352, used: 0, lent: 160, borrowed: 0 },
          }),
          instance('lender-2', {
            address: '10.0.0.3:9200',
            blocks: { total: 128, free: 32, used: 0, lent: 96, borrowed: 0 },
          }),
          instance('lender-3', {
            address: '10.0.0.4:9200',
            alive: false,
            blocks: { total: 512, free: 512, used: 0, lent: 0, borrowed: 0 },
          }),
        ],
        wire: { sentBytes: 912_345_678, receivedBytes: 234_567_890 },
        requests: { finished: 1_204, failed: 3, aborted: 17 },
        uptimeMs: 7_384_000,
      },
    },
    {
      model: 'qwen3-0.6b',
      state: 'restarting',
      message: 'It ended by SIGKILL',
      restarts: 2,
      report: null,
    },
  ];
}
