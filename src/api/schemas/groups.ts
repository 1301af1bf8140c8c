import { z } from 'zod';

/** Columns that sums may be grouped by, besides `tag:<name>`. */
export const DIMENSIONS = [
  'day',
  'hour',
  'model',
  'requestedModel',
  'provider',
  'team',
  'user',
  'key',
  'tag',
  'dialect',
  'operation',
  'status',
  'errorCode',
  'session',
] as const;

export type Dimension = (typeof DIMENSIONS)[number];

export const group = z
  .record(z.string(), z.string().nullable())
  .describe('The group’s value of each dimension asked for; null where it was not given.');

export const percentiles = z.object({ p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() });
