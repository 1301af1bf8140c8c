import { z } from 'zod';
import { BATCH_STATUSES } from '../../core/batch.ts';
import { BATCH_ITEM_STATES } from '../../core/batch-report.ts';
import { count, isoTime, usd } from './amounts.ts';

const carrier = z.object({
  provider: z
    .string()
    .nullable()
    .describe('Null for calls that wait for the gateway, which makes them itself.'),
  asBatch: z.boolean().describe('In a batch of the provider’s own, at its price for batches.'),
  calls: count,
});

const batchView = z
  .object({
    id: z.string(),
    status: z.enum(BATCH_STATUSES),
    endpoint: z.string(),
    keyName: z.string().nullable(),
    team: z.string().nullable(),
    user: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    metadata: z.record(z.string(), z.string()).nullable(),
    total: count.describe('Lines of its input file; 0 until it was read.'),
    completed: count,
    failed: count,
    waiting: count,
    running: count.describe('Calls that the gateway makes now.'),
    submitted: count.describe('Calls that a provider has in a batch of its own.'),
    carriers: z.array(carrier).describe('Who answered calls, or has them.'),
    costUsd: usd.describe('Dollars of its calls in the ledger.'),
    savedUsd: usd,
    unpricedCalls: count,
    createdAt: isoTime,
    startedAt: isoTime.nullable(),
    expiresAt: isoTime.describe('What is not done then is not done at all.'),
    cancellingAt: isoTime.nullable(),
    endedAt: isoTime.nullable(),
    problems: z
      .array(z.object({ code: z.string(), message: z.string(), line: count.nullable() }))
      .describe('Why it failed as a whole.'),
  })
  .meta({ id: 'Batch' });

const ownCalls = z
  .object({
    enabled: z.boolean().describe('False: no new files and batches.'),
    providers: z.boolean().describe('Whether providers’ own batches are used.'),
    windows: z.array(z.string()).describe('Such as 22:00-06:00; none: at any time.'),
    timezone: z.string(),
    opensAt: isoTime.nullable().describe('When the gateway makes calls next; null while it does.'),
  })
  .meta({ id: 'BatchHours', description: 'When the gateway makes calls of batches itself.' });

export const batchList = z
  .object({ batches: z.array(batchView), nextCursor: z.string().nullable(), hours: ownCalls })
  .meta({ id: 'BatchList' });

export const oneBatch = z.object({ batch: batchView, hours: ownCalls }).meta({ id: 'OneBatch' });

const batchItem = z
  .object({
    line: count.describe('Of the input file, from 1.'),
    customId: z.string(),
    model: z.string().describe('Empty where the line is no call.'),
    state: z.enum(BATCH_ITEM_STATES),
    attempt: count.describe('Tries that failed.'),
    notBefore: isoTime.nullable().describe('When it is tried again, where it waits for that.'),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    callId: z.string().nullable().describe('Its row in the ledger.'),
  })
  .meta({ id: 'BatchItem' });

export const batchItems = z
  .object({ items: z.array(batchItem), nextCursor: z.string().nullable() })
  .meta({ id: 'BatchItems' });

export type BatchView = z.output<typeof batchView>;
export type BatchHours = z.output<typeof ownCalls>;
export type BatchItem = z.output<typeof batchItem>;
