import { z } from 'zod';
import { type FitSettings, NO_FIT } from '../../../core/plan/fit.ts';
import type { LeverContext } from './context.ts';

/** The section `fit`, for all calls or for those of one alias. Every field may be left out. */
export const fitSection = z.strictObject({ enabled: z.boolean().optional() });

export type FitEntry = z.output<typeof fitSection>;

/** The alias's fields win over those for all calls. */
export function buildFit(
  all: FitEntry | undefined,
  alias: FitEntry | undefined,
  _context: LeverContext,
): FitSettings {
  return { enabled: alias?.enabled ?? all?.enabled ?? NO_FIT.enabled };
}
