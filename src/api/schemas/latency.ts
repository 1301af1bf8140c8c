import { z } from 'zod';
import { count, isoTime } from './amounts.ts';
import { group, percentiles } from './groups.ts';

const sums = z.object({
  calls: count,
  errors: count,
  errorRate: z.number().min(0).max(1),
  ttftMs: percentiles.nullable().describe('Milliseconds to the first content; null when no call had any.'),
  totalMs: percentiles.nullable(),
  overheadMs: percentiles.pick({ p50: true, p99: true }).nullable(),
});

export const latencyReport = z
  .object({
    from: isoTime,
    to: isoTime,
    groupBy: z.array(z.string()),
    rows: z.array(sums.extend({ group })),
    total: sums,
    sampled: z.boolean().optional().describe('True when only the newest calls were looked at.'),
  })
  .meta({ id: 'LatencyReport' });

export type LatencyReport = z.output<typeof latencyReport>;
