import { z } from 'zod';
import { count, ms } from './amounts.ts';

const instance = z
  .object({
    id: z.string(),
    role: z.enum(['engine', 'lender']),
    self: z.boolean().describe('Whether it is this engine.'),
    planner: z.boolean().describe('Whether it is the gManager, the one that plans.'),
    address: z.string().nullable(),
    alive: z.boolean(),
    blocks: z.object({
      total: count,
      free: count,
      used: count.describe('Hold its own tokens here.'),
      lent: count.describe('Hold tokens of others here.'),
      borrowed: count.describe('Hold its own tokens elsewhere.'),
    }),
  })
  .meta({ id: 'EngineInstance' });

const report = z
  .object({
    contextLength: count,
    running: count.describe('Requests in the batch.'),
    waiting: count.describe('Requests that wait for memory or a place in the batch.'),
    preemptions: count,
    tokensHeld: count,
    prefillTokens: count,
    decodeTokens: count,
    tokensPerSecond: z.number(),
    blocks: z.object({ total: count, free: count, cached: count }),
    kv: z.object({ type: z.enum(['bf16', 'int8']), blockTokens: count, blockBytes: count }),
    instances: z.array(instance),
    wire: z.object({ sentBytes: count, receivedBytes: count }),
    requests: z.object({ finished: count, failed: count, aborted: count }),
    uptimeMs: ms,
  })
  .meta({ id: 'EngineReport' });

const engine = z
  .object({
    model: z.string().describe('Served as local/<model>.'),
    state: z.enum(['starting', 'ready', 'restarting', 'refused', 'stopped']),
    message: z.string().nullable().describe('Why it is not ready.'),
    restarts: count,
    report: report.nullable().describe('Null while it is not there.'),
  })
  .meta({ id: 'LocalEngine' });

export const engineList = z.object({ engines: z.array(engine) }).meta({ id: 'LocalEngineList' });

export type LocalEngine = z.output<typeof engine>;
