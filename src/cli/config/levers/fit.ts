import { z } from 'zod';
import { DEFAULT_FIT, FIT_WAYS, type FitSettings } from '../../../core/plan/fit.ts';
import { parseTarget, type Target } from '../../../core/target.ts';
import type { LeverContext } from './context.ts';
import { checkProvider, given } from './targets.ts';

const targetName = z
  .string()
  .regex(/^[^/\s]+\/\S+$/, 'must be "provider/model", such as "openai/gpt-4.1-mini"');
const tokens = z.number().int().min(1).max(10_000_000);

/** The section `fit`, for all calls or for those of one alias. Every field may be left out. */
export const fitSection = z
  .strictObject({
    enabled: z.boolean().optional().describe('false: lengths are left to the providers. true by default.'),
    ways: z
      .array(z.enum(FIT_WAYS))
      .min(1, 'needs at least one way; "enabled: false" switches it off')
      .refine((ways) => new Set(ways).size === ways.length, 'names a way twice')
      .optional()
      .describe(
        'What to do with a call that is too long, tried in this order. [longer-window] by default, which changes no answer.',
      ),
    longer: z
      .array(targetName)
      .optional()
      .describe('Models with longer windows, asked by longer-window after the call’s own, in this order.'),
    reserveTokens: tokens
      .optional()
      .describe('Tokens kept free for the answer where the client asks for no maximum. 1024 by default.'),
    noteTokens: tokens
      .optional()
      .describe('Longest note on one part of a document, and longest summary. 1024 by default.'),
    partTokens: tokens
      .min(256)
      .optional()
      .describe(
        'Longest part of a document for map-reduce and refine; as long as the window allows by default.',
      ),
    mostAsks: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('Most questions on the side for one call; what would need more is refused. 64 by default.'),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('Parts of one document asked about at once. 4 by default.'),
    notesBy: targetName
      .optional()
      .describe('Model that takes notes and summarises; the one that answers by default.'),
    summary: z
      .boolean()
      .optional()
      .describe('false: drop-oldest puts a sentence in place of what it drops, and no summary.'),
  })
  .describe('What to do when a prompt is too long for its model.');

export type FitEntry = z.output<typeof fitSection>;

/** The alias's fields win over those for all calls. */
export function buildFit(
  all: FitEntry | undefined,
  alias: FitEntry | undefined,
  context: LeverContext,
): FitSettings {
  // What stands for all calls is judged once, with the plan of all calls.
  const own = context.path.length === 0 ? all : alias;
  own?.longer?.forEach((name, index) => checkProvider(name, ['fit', 'longer', index], context));
  if (own?.notesBy !== undefined) checkProvider(own.notesBy, ['fit', 'notesBy'], context);
  const { longer, notesBy, ...rest } = { ...all, ...given(alias) };
  return {
    ...DEFAULT_FIT,
    ...given(rest),
    longer: (longer ?? []).flatMap(targetOf),
    notesBy: notesBy === undefined ? null : parseTarget(notesBy),
  };
}

function targetOf(name: string): Target[] {
  const target = parseTarget(name);
  return target ? [target] : [];
}
