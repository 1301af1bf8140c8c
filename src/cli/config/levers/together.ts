import { z } from 'zod';
import { NO_TOGETHER, type TogetherSettings } from '../../../core/plan/together.ts';
import type { LeverContext } from './context.ts';

/** The section `together`, for all calls or for those of one alias. Every field may be left out. */
export const togetherSection = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .describe('Only for an alias. true where the alias has the section at all; off for all others.'),
    maxItems: z
      .number()
      .int()
      .min(2)
      .max(64)
      .optional()
      .describe('Most calls put into one question. 8 by default.'),
    maxWaitMs: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('How long the first call waits for others, in milliseconds. 20 by default.'),
    votes: z
      .union([z.literal(1), z.literal(3), z.literal(5)])
      .optional()
      .describe(
        'How often the question is put, in another order each time; the majority counts. 1 by default.',
      ),
    maxItemCharacters: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Calls whose question is longer ask by themselves. 4000 by default.'),
  })
  .describe(
    'Small questions with the same instructions, put to the model in one call. For aliases that opt in.',
  );

export type TogetherEntry = z.output<typeof togetherSection>;

/** The alias's fields win over those for all calls; only an alias can switch it on. */
export function buildTogether(
  all: TogetherEntry | undefined,
  alias: TogetherEntry | undefined,
  { path, findings }: LeverContext,
): TogetherSettings {
  if (path.length === 0 && all?.enabled)
    findings.error(
      ['together', 'enabled'],
      'cannot be switched on for all calls, since it changes what the model reads',
      'Put "together" into the aliases under "models" whose calls may be joined.',
    );
  const given = { ...all, ...alias };
  return {
    enabled: alias !== undefined && (alias.enabled ?? true),
    maxItems: given.maxItems ?? NO_TOGETHER.maxItems,
    maxWaitMs: given.maxWaitMs ?? NO_TOGETHER.maxWaitMs,
    votes: given.votes ?? NO_TOGETHER.votes,
    maxItemCharacters: given.maxItemCharacters ?? NO_TOGETHER.maxItemCharacters,
  };
}
