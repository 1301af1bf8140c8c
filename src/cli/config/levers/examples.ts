import { z } from 'zod';
import { CACHE_SCOPES } from '../../../core/plan/cache.ts';
import { EXAMPLE_KINDS, type ExampleSettings, USUAL_EXAMPLES } from '../../../core/plan/ground.ts';
import { duration } from '../amounts.ts';
import type { LeverContext } from './context.ts';
import { given } from './targets.ts';

const share = z.number().min(0).max(1);

/** The part `examples` of the section `ground`: it is switched on by being there. */
export const examplesSection = z
  .strictObject({
    number: z.number().int().min(1).max(20).optional().describe('Most examples in a prompt. 2 by default.'),
    minRating: share
      .optional()
      .describe('Lowest rating of a call that may be an example, from 0 to 1. 0.8 by default.'),
    minSimilarity: share
      .optional()
      .describe('Lowest similarity of its question to the one asked, from 0 to 1. 0.5 by default.'),
    mostCharacters: z
      .number()
      .int()
      .min(100)
      .max(100_000)
      .optional()
      .describe('Most characters of examples in a prompt, questions and answers together. 4000 by default.'),
    maxTime: duration
      .optional()
      .describe('Longest time that a call waits for its examples; then it is sent without. 1s by default.'),
    same: z
      .enum(EXAMPLE_KINDS)
      .optional()
      .describe(
        'What an example must have in common with the call: its task, the name that was asked for, or both. both by default.',
      ),
    scope: z
      .enum(CACHE_SCOPES)
      .optional()
      .describe(
        'Whose calls may be examples. team by default: the key’s team, else the key, else the client’s own credential.',
      ),
  })
  .describe('Well-rated past calls, shown to the model. Needs store.bodies and the embedding model.');

export type ExamplesEntry = z.output<typeof examplesSection>;

/** The alias's fields win over those for all calls; null switches them off. */
export function buildExamples(
  all: ExamplesEntry | null | undefined,
  alias: ExamplesEntry | null | undefined,
  { findings, path, storesBodies }: LeverContext,
): ExampleSettings | null {
  const own = path.length === 0 ? all : alias;
  if (own && !storesBodies)
    findings.error(
      [...path, 'ground', 'examples'],
      'needs the requests and answers of past calls, which are not stored',
      'Add "store: { bodies: true }", or remove it.',
    );
  const entry = alias === undefined ? all : alias;
  if (!entry) return null;
  const { maxTime, ...fields } = { ...given(all ?? undefined), ...given(entry) };
  return { ...USUAL_EXAMPLES, ...fields, ...(maxTime !== undefined && { maxMs: maxTime }) };
}
