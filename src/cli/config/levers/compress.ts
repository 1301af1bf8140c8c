import { z } from 'zod';
import { type CompressSettings, NO_COMPRESS } from '../../../core/plan/compress.ts';
import type { LeverContext } from './context.ts';

/** The section `compress`, for all calls or for those of one alias. Every field may be left out. */
export const compressSection = z.strictObject({ enabled: z.boolean().optional() });

export type CompressEntry = z.output<typeof compressSection>;

/** The alias's fields win over those for all calls. */
export function buildCompress(
  all: CompressEntry | undefined,
  alias: CompressEntry | undefined,
  _context: LeverContext,
): CompressSettings {
  return { enabled: alias?.enabled ?? all?.enabled ?? NO_COMPRESS.enabled };
}
