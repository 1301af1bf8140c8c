import { z } from 'zod';
import { count, isoTime, usage, usd } from './amounts.ts';
import { group } from './groups.ts';

const sums = z.object({
  calls: count,
  errors: count,
  aborted: count,
  unpricedCalls: count.describe('Calls whose price is not known: not in costUsd.'),
  estimatedCalls: count.describe(
    'Calls whose usage was counted by the gateway and not told by the provider.',
  ),
  usage,
  costUsd: usd,
});

const row = sums.extend({ group }).meta({ id: 'SpendRow' });

export const spendReport = z
  .object({
    from: isoTime,
    to: isoTime,
    groupBy: z.array(z.string()),
    rows: z.array(row).describe('By time, then by cost, the dearest first.'),
    total: sums,
    sampled: z.boolean().optional().describe('True when only the newest calls were looked at.'),
    overlapping: z
      .boolean()
      .optional()
      .describe('True when a call may be in several rows, so that they do not add up.'),
  })
  .meta({ id: 'SpendReport' });

export type SpendReport = z.output<typeof spendReport>;
