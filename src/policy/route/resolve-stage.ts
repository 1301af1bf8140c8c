import type { Stage } from '../../core/ports.ts';
import { type Catalog, resolve, type RouteSettings } from './resolve.ts';

export interface ResolveDeps extends Catalog {
  /** The settings in force, asked anew for every call. */
  readonly settings: () => RouteSettings;
}

/** Finds who may answer to the model's name, so that every later stage knows the candidates. */
export function resolveStage(deps: ResolveDeps): Stage {
  return (next) =>
    function resolving(call) {
      if (call.target || call.candidates) return next(call);
      const { targets, why } = resolve(call.requestedModel, deps.settings(), deps);
      return next({ ...call, candidates: targets, resolvedBy: why });
    };
}
