import { z } from 'zod';
import { GROUND_REMEDIES, type GroundSettings, NO_GROUND } from '../../../core/plan/ground.ts';
import { parseTarget } from '../../../core/target.ts';
import type { LeverContext } from './context.ts';
import { buildExamples, examplesSection } from './examples.ts';
import { checkProvider } from './targets.ts';

const share = z.number().min(0).max(1);
const targetName = z.string().regex(/^[^/\s]+\/\S+$/, 'must be "provider/model", such as "openai/gpt-4.1"');

/** The section `ground`, for all calls or for those of one alias. Every field may be left out. */
export const groundSection = z
  .strictObject({
    collection: z
      .string()
      .min(1, 'must not be empty')
      .max(100)
      .nullable()
      .optional()
      .describe('Documents to answer from, as added by `infinite-llm docs add --collection`. null: none.'),
    passages: z
      .number()
      .int()
      .min(1)
      .max(50)
      .optional()
      .describe('Most passages put into a prompt. 4 by default.'),
    minScore: share
      .optional()
      .describe('Lowest similarity of a passage to the question, from 0 to 1. 0.3 by default.'),
    mostCharacters: z
      .number()
      .int()
      .min(200)
      .max(1_000_000)
      .optional()
      .describe('Most characters of passages in a prompt. 8000 by default.'),
    citations: z
      .boolean()
      .optional()
      .describe('Ask the model to cite its sources as [1], [2]. true by default.'),
    check: z
      .strictObject({
        minShare: share
          .optional()
          .describe('Share of sentences that the sources must support. 0.5 by default.'),
        minSupport: share
          .optional()
          .describe('Similarity to a source from which on a sentence is supported. 0.5 by default.'),
        remedy: z
          .enum(GROUND_REMEDIES)
          .optional()
          .describe(
            'flag: say so; retry: ask once more, more strictly; escalate: ask escalateTo. The last two hold streams back. flag by default.',
          ),
        escalateTo: targetName.optional().describe('Who is asked by escalate.'),
      })
      .nullable()
      .optional()
      .describe('Compares each sentence of an answer with the sources.'),
    examples: examplesSection.nullable().optional(),
  })
  .describe('Answers grounded on documents of your own, and on answers that were rated well.');

export type GroundEntry = z.output<typeof groundSection>;

/** The alias's fields win over those for all calls. */
export function buildGround(
  all: GroundEntry | undefined,
  alias: GroundEntry | undefined,
  context: LeverContext,
): GroundSettings {
  const merged = { ...all, ...alias };
  const { check, ...rest } = merged;
  const own = context.path.length === 0 ? all : alias;
  if (own?.check) judgeCheck(own.check, context);
  return {
    collection: rest.collection ?? NO_GROUND.collection,
    passages: rest.passages ?? NO_GROUND.passages,
    minScore: rest.minScore ?? NO_GROUND.minScore,
    mostCharacters: rest.mostCharacters ?? NO_GROUND.mostCharacters,
    citations: rest.citations ?? NO_GROUND.citations,
    check: check
      ? {
          minShare: check.minShare ?? 0.5,
          minSupport: check.minSupport ?? 0.5,
          remedy: check.remedy ?? 'flag',
          escalateTo: check.escalateTo === undefined ? null : parseTarget(check.escalateTo),
        }
      : null,
    examples: buildExamples(all?.examples, alias?.examples, context),
  };
}

function judgeCheck({ remedy, escalateTo }: NonNullable<GroundEntry['check']>, context: LeverContext): void {
  const at = ['ground', 'check'];
  if (remedy === 'escalate' && escalateTo === undefined)
    context.findings.error(
      [...context.path, ...at],
      'escalates to nobody',
      'Add "escalateTo: provider/model".',
    );
  if (escalateTo !== undefined) checkProvider(escalateTo, [...at, 'escalateTo'], context);
}
