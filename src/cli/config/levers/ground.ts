import { z } from 'zod';
import { type GroundSettings, NO_GROUND } from '../../../core/plan/ground.ts';
import type { LeverContext } from './context.ts';

/** The section `ground`, for all calls or for those of one alias. Every field may be left out. */
export const groundSection = z.strictObject({ enabled: z.boolean().optional() });

export type GroundEntry = z.output<typeof groundSection>;

/** The alias's fields win over those for all calls. */
export function buildGround(
  all: GroundEntry | undefined,
  alias: GroundEntry | undefined,
  _context: LeverContext,
): GroundSettings {
  return { enabled: alias?.enabled ?? all?.enabled ?? NO_GROUND.enabled };
}
