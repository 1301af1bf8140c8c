import type { Plan } from '../../../core/plan.ts';
import { buildCache, cacheSection } from './cache.ts';
import { buildCompress, compressSection } from './compress.ts';
import type { LeverContext } from './context.ts';
import { buildFit, fitSection } from './fit.ts';
import { buildGround, groundSection } from './ground.ts';
import { buildRoute, routeSection } from './route.ts';
import { buildTogether, togetherSection } from './together.ts';

/** The levers' sections, which stand at the top for all calls and in an alias for its own. */
export const leverSections = {
  cache: cacheSection.optional(),
  compress: compressSection.optional(),
  fit: fitSection.optional(),
  ground: groundSection.optional(),
  route: routeSection.optional(),
  together: togetherSection.optional(),
};

type Entries = { readonly [Name in keyof Plan]?: Parameters<(typeof BUILD)[Name]>[0] };

const BUILD = {
  cache: buildCache,
  compress: buildCompress,
  fit: buildFit,
  ground: buildGround,
  route: buildRoute,
  together: buildTogether,
};

/** @param alias the sections of one alias; empty for the plan of all other calls */
export function buildPlan(all: Entries, alias: Entries, context: LeverContext): Plan {
  return {
    cache: buildCache(all.cache, alias.cache, context),
    compress: buildCompress(all.compress, alias.compress, context),
    fit: buildFit(all.fit, alias.fit, context),
    ground: buildGround(all.ground, alias.ground, context),
    route: buildRoute(all.route, alias.route, context),
    together: buildTogether(all.together, alias.together, context),
  };
}
