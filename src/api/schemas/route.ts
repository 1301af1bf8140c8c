import { z } from 'zod';
import { EXPERIMENT_METRICS } from '../../core/plan/route.ts';
import { count, isoTime, ms, usd } from './amounts.ts';

const share = z.number().min(0).max(1);
const latency = z
  .object({ p50: ms, p95: ms, weight: z.number().describe('Calls of now that what is known is worth.') })
  .nullable();

const quality = z.object({
  task: z.string(),
  mean: share,
  lower: share.describe('Lower bound at the confidence of the configuration.'),
  evidence: z.number().describe('Ratings and evaluated answers.'),
});

const row = z
  .object({
    target: z.string().describe('provider/model'),
    inputUsd: usd.nullable().describe('Of a million tokens; null when no price is known.'),
    outputUsd: usd.nullable().describe('Of a million tokens.'),
    ttftMs: latency,
    totalMs: latency,
    successRate: share.nullable(),
    outputTokens: z.number().nullable().describe('Mean length of its answers of late.'),
    quality: z.array(quality),
    state: z
      .enum(['ready', 'open', 'resting'])
      .describe('open: its circuit is; resting: its provider limits us.'),
  })
  .meta({ id: 'RouteModel' });

export const routeModels = z.object({ models: z.array(row) }).meta({ id: 'RouteModelList' });

const arm = z.object({
  target: z.string(),
  outcomes: count,
  mean: z
    .number()
    .nullable()
    .describe('Of costs and latencies the geometric mean, in dollars and milliseconds.'),
});

const experiment = z
  .object({
    key: z.string(),
    metric: z.enum(EXPERIMENT_METRICS),
    status: z.enum(['running', 'b-better', 'b-worse', 'no-difference']),
    startedAt: isoTime,
    endedAt: isoTime.nullable(),
    a: arm.omit({ target: true }),
    b: arm,
    likelihoodRatio: z.number().describe('Ends the experiment when it reaches stopsAt.'),
    stopsAt: z.number(),
  })
  .meta({ id: 'RouteExperiment' });

export const routeExperiments = z
  .object({ experiments: z.array(experiment) })
  .meta({ id: 'RouteExperimentList' });

export type RouteModel = z.output<typeof row>;
export type RouteExperiment = z.output<typeof experiment>;
