import { z } from 'zod';
import { type RouteSettings, NO_ROUTE } from '../../../core/plan/route.ts';
import type { LeverContext } from './context.ts';

/** The section `route`, for all calls or for those of one alias. Every field may be left out. */
export const routeSection = z.strictObject({ enabled: z.boolean().optional() });

export type RouteEntry = z.output<typeof routeSection>;

/** The alias's fields win over those for all calls. */
export function buildRoute(
  all: RouteEntry | undefined,
  alias: RouteEntry | undefined,
  _context: LeverContext,
): RouteSettings {
  return { enabled: alias?.enabled ?? all?.enabled ?? NO_ROUTE.enabled };
}
