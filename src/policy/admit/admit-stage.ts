import type { Call } from '../../core/call.ts';
import { handover, readOpening } from '../../core/handover.ts';
import { planFor } from '../../core/plan.ts';
import type { Stage } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import type { Admission, Refused } from './admission.ts';

export interface AdmitDeps {
  readonly admission: Admission;
  readonly settings: () => Pick<Settings, 'models' | 'plan'>;
}

/** Keeps rate limits, and sends a call to a cheaper alias when its budget has no room for it. */
export function admitStage({ admission, settings }: AdmitDeps): Stage {
  return (next) =>
    function admit(call) {
      const rules = admission.rules(call, null);
      const { budgets, rateLimits } = rules;
      if (budgets.length === 0 && rateLimits.length === 0) return next(call);
      const degrades = call.operation !== 'relay' && budgets.some(({ degradeTo }) => degradeTo !== null);
      return handover(async (reading) => {
        await admission.admit(call, rules);
        for (let asked = call; ; ) {
          if (reading.closed) return [];
          reading.from = next(asked)[Symbol.asyncIterator]();
          if (!degrades) return [];
          try {
            return await readOpening(reading.from);
          } catch (error) {
            const refused = admission.refusedBy(error);
            const alias = refused?.rule.degradeTo ?? null;
            // A budget whose cheaper alias has no room either has the last word.
            if (!refused || alias === null || !admission.exempt(call.trail, refused.rule)) throw error;
            note(call, asked, refused, alias);
            asked = degraded(call, alias, settings());
          }
        }
      });
    };
}

function note(call: Call, asked: Call, { rule, target }: Refused, alias: string): void {
  const same = asked.requestedModel === alias;
  const doing = same ? `still asking ${alias}` : `asking ${alias} instead of ${asked.requestedModel}`;
  call.trail.decide({
    stage: 'admit',
    action: 'degraded',
    why: `The budget ${rule.name} of $${rule.limitUsd} has no room for this call: ${doing}`,
    ...(target && !same && { instead: { target } }),
  });
  call.trail.tell('x-illm-degraded', alias);
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
