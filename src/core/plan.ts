import { type CacheSettings, NO_CACHE } from './plan/cache.ts';
import { type CompressSettings, NO_COMPRESS } from './plan/compress.ts';
import { type FitSettings, NO_FIT } from './plan/fit.ts';
import { type GroundSettings, NO_GROUND } from './plan/ground.ts';
import { NO_ROUTE, type RouteSettings } from './plan/route.ts';
import { NO_TOGETHER, type TogetherSettings } from './plan/together.ts';
import type { Settings } from './settings.ts';

/** The settings of the levers for one call: what the optimizer finds, and what the stages read. */
export interface Plan {
  readonly cache: CacheSettings;
  readonly compress: CompressSettings;
  readonly fit: FitSettings;
  readonly ground: GroundSettings;
  readonly route: RouteSettings;
  readonly together: TogetherSettings;
}

/** Nothing is changed on any call. */
export const NO_LEVERS: Plan = {
  cache: NO_CACHE,
  compress: NO_COMPRESS,
  fit: NO_FIT,
  ground: NO_GROUND,
  route: NO_ROUTE,
  together: NO_TOGETHER,
};

/** The alias's own plan, else that of the whole configuration. */
export function planFor(settings: Pick<Settings, 'models' | 'plan'>, requestedModel: string): Plan {
  const { models, plan } = settings;
  return Object.hasOwn(models, requestedModel) ? (models[requestedModel]?.plan ?? plan) : plan;
}
