import { z } from 'zod';
import { count, isoTime, usd } from './amounts.ts';
import { group } from './groups.ts';

const sums = z.object({
  calls: count.describe('Calls on which a saving is known, be it none or negative.'),
  savedUsd: usd.describe('Dollars, an exact decimal; negative where the levers cost more than they saved.'),
});

const row = sums.extend({ group }).meta({ id: 'SavingsRow' });

export const savingsReport = z
  .object({
    from: isoTime,
    to: isoTime,
    groupBy: z.array(z.string()),
    rows: z.array(row).describe('By time, then by what was saved, the most first.'),
    total: sums.extend({
      spentUsd: usd.describe('The bill of all calls of the span that pass the filter, its lever aside.'),
      withoutUsd: usd.describe('What the bill would have been without the levers: spent and saved together.'),
    }),
    sampled: z.boolean().optional().describe('True when only the newest calls were looked at.'),
    overlapping: z
      .boolean()
      .optional()
      .describe('True when a call may be in several rows, so that their calls do not add up.'),
  })
  .meta({ id: 'SavingsReport' });

export type SavingsReport = z.output<typeof savingsReport>;
