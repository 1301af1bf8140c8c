import type { Call } from '../../core/call.ts';
import { isCallError } from '../../core/errors.ts';
import { handover, readOpening } from '../../core/handover.ts';
import { planFor } from '../../core/plan.ts';
import type { Stage } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import type { Target } from '../../core/target.ts';
import type { Admission } from './admission.ts';

export interface AdmitDeps {
  readonly admission: Admission;
  readonly settings: () => Pick<Settings, 'models' | 'plan'>;
}

/** Keeps rate limits, and sends a call to a cheaper alias when its budget has no room for it. */
export function admitStage({ admission, settings }: AdmitDeps): Stage {
  return (next) =>
    function admit(call) {
      const { budgets, rateLimits } = admission.settings;
      if (budgets.length === 0 && rateLimits.length === 0) return next(call);
      return handover(async (reading) => {
        await admission.admit(call);
        reading.from = next(call)[Symbol.asyncIterator]();
        const degradeTo = budgets.find((rule) => rule.degradeTo !== null)?.degradeTo ?? null;
        if (degradeTo === null || call.operation === 'relay' || call.requestedModel === degradeTo) return [];
        try {
          return await readOpening(reading.from);
        } catch (error) {
          if (!isCallError(error) || error.code !== 'over_budget' || reading.closed) throw error;
          const cheaper = degraded(call, degradeTo, settings());
          const first = firstTarget(call, settings());
          call.trail.decide({
            stage: 'admit',
            action: 'degraded',
            why: `${error.message.split('. ')[0] ?? ''}; asking ${degradeTo} instead of ${call.requestedModel}`,
            ...(first && { instead: { target: first } }),
          });
          call.trail.tell('x-illm-degraded', degradeTo);
          reading.from = next(cheaper)[Symbol.asyncIterator]();
          return [];
        }
      });
    };
}

function degraded(call: Call, alias: string, settings: Pick<Settings, 'models' | 'plan'>): Call {
  return {
    ...call,
    requestedModel: alias,
    plan: planFor(settings, alias),
    candidates: null,
    resolvedBy: '',
    target: null,
  };
}

/** Who would have answered: the first target of the alias. */
function firstTarget({ requestedModel }: Call, { models }: Pick<Settings, 'models'>): Target | null {
  if (Object.hasOwn(models, requestedModel)) return models[requestedModel]?.targets[0] ?? null;
  const slash = requestedModel.indexOf('/');
  return slash > 0
    ? { provider: requestedModel.slice(0, slash), model: requestedModel.slice(slash + 1) }
    : null;
}
