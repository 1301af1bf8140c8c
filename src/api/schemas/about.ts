import { z } from 'zod';
import { count, isoTime, ms, usd } from './amounts.ts';

const gpu = z.object({ hourlyUsd: z.string(), count: count, prefillWeight: z.number() });

const provider = z
  .object({
    name: z.string(),
    kind: z.string(),
    baseUrl: z.string(),
    dialects: z.array(z.string()),
    keys: z.array(
      z.object({
        fingerprint: z.string(),
        state: z.enum(['ready', 'cooling']),
        until: isoTime.nullable(),
      }),
    ),
    targets: z.array(z.object({ model: z.string(), breaker: z.enum(['closed', 'open', 'half-open']) })),
    gpu: gpu.nullable(),
  })
  .meta({ id: 'Provider' });

/** What anybody may know. */
export const publicAbout = z.object({
  name: z.literal('infinite-llm'),
  version: z.string(),
  demo: z.boolean().describe('True when the calls are simulated.'),
  auth: z.object({ required: z.boolean().describe('Whether this API asks for an admin key.') }),
});

export const about = publicAbout.extend({
  startedAt: isoTime,
  store: z.object({
    kind: z.enum(['embedded', 'postgres']),
    healthy: z.boolean(),
    journaledRows: count.describe('Calls kept on disk until the store is back.'),
    bodies: z.boolean(),
  }),
  config: z.object({
    file: z.string().nullable(),
    error: z.string().nullable().describe('Why the file as it is now was not taken.'),
    loadedAt: isoTime,
  }),
  providers: z.array(provider),
  models: z.array(z.object({ name: z.string(), targets: z.array(z.string()), strategy: z.string() })),
  workers: z.int().min(1),
  passthroughCredential: z
    .boolean()
    .describe('Whether clients’ own provider keys are accepted and passed on.'),
});

export const aboutAnswer = publicAbout
  .extend(about.omit({ name: true, version: true, demo: true, auth: true }).partial().shape)
  .meta({ id: 'About', description: 'Without a key where one is needed, only the public part.' });

const machine = z
  .object({
    provider: z.string(),
    hourlyUsd: usd.describe('Dollars an hour of the whole machine.'),
    gpus: z.int().min(1),
    since: isoTime,
    busyMs: ms,
    idleMs: ms,
    busyCostUsd: usd,
    idleCostUsd: usd,
    idleShare: z.number().min(0).max(1),
  })
  .meta({ id: 'Machine' });

export const machineList = z.object({ machines: z.array(machine) }).meta({ id: 'MachineList' });

export type About = z.output<typeof about>;
export type Machine = z.output<typeof machine>;
