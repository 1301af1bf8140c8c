import { z } from 'zod';
import { type TogetherSettings, NO_TOGETHER } from '../../../core/plan/together.ts';
import type { LeverContext } from './context.ts';

/** The section `together`, for all calls or for those of one alias. Every field may be left out. */
export const togetherSection = z.strictObject({ enabled: z.boolean().optional() });

export type TogetherEntry = z.output<typeof togetherSection>;

/** The alias's fields win over those for all calls. */
export function buildTogether(
  all: TogetherEntry | undefined,
  alias: TogetherEntry | undefined,
  _context: LeverContext,
): TogetherSettings {
  return { enabled: alias?.enabled ?? all?.enabled ?? NO_TOGETHER.enabled };
}
