import { z } from 'zod';
import { USAGE_KINDS, type UsageKind } from '../../core/usage.ts';

export const isoTime = z.iso.datetime().describe('ISO 8601, UTC.');
export const count = z.int().nonnegative();
export const ms = z.number().nonnegative().describe('Milliseconds.');
export const usd = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .describe('Dollars, an exact decimal.');

const NOTES: Readonly<Partial<Record<UsageKind, string>>> = {
  input: 'Prompt tokens outside any cache.',
  cacheRead: 'Prompt tokens read from the provider’s cache.',
  output: 'Generated tokens, reasoning included.',
  reasoning: 'The part of output spent on reasoning.',
};

export const usage = z
  .object(
    Object.fromEntries(
      USAGE_KINDS.map((kind) => [kind, NOTES[kind] ? count.describe(NOTES[kind]) : count]),
    ) as Record<UsageKind, typeof count>,
  )
  .meta({ id: 'Usage', description: 'What was consumed, by kind: tokens, or pieces for searches.' });
