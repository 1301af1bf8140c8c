import type { Call } from '../../core/call.ts';
import { handover, readOpening } from '../../core/handover.ts';
import type { Stage } from '../../core/ports.ts';
import type { Admission } from './admission.ts';
import { needsTarget } from './subject.ts';
import { worstCase, type WorstCaseDeps } from './worst-case.ts';

export interface ReserveDeps {
  readonly admission: Admission;
  readonly pricing: () => WorstCaseDeps;
}

/**
 * Reserves what a request may cost before it is sent: target and content are final here, and fall-backs and questions on
 * the side pass here too. What failed before its answer began is given back.
 */
export function reserveStage({ admission, pricing }: ReserveDeps): Stage {
  return (next) =>
    function reserve(call) {
      const { budgets, rateLimits, assumedOutputTokens } = admission.settings;
      const { target } = call;
      if (!target || (budgets.length === 0 && !rateLimits.some(({ by }) => needsTarget(by))))
        return next(call);
      if (isFree(call)) return next(call);
      return handover(async (reading) => {
        const bounded = budgets.length > 0 ? withMaximum(call, assumedOutputTokens) : call;
        const most = mostOutput(bounded) ?? assumedOutputTokens;
        const release = await admission.reserve(call, target, worstCase(pricing(), bounded, target, most));
        reading.from = next(bounded)[Symbol.asyncIterator]();
        try {
          return await readOpening(reading.from);
        } catch (error) {
          await release();
          throw error;
        }
      });
    };
}

/** Counting tokens is free, and so is reading. */
function isFree({ operation, wire }: Call): boolean {
  return operation === 'count-tokens' || (operation === 'relay' && wire.method !== 'POST');
}

function mostOutput(call: Call): number | null {
  return call.operation === 'generate' ? (call.prompt().sampling.maxOutputTokens ?? null) : 0;
}

/** A budget is kept only where something bounds the answer. */
function withMaximum(call: Call, maxOutputTokens: number): Call {
  if (call.operation !== 'generate' || mostOutput(call) !== null) return call;
  const prompt = call.prompt();
  const limited = { ...prompt, sampling: { ...prompt.sampling, maxOutputTokens } };
  call.trail.decide({
    stage: 'admit',
    action: 'bounded',
    why: `the call asks for no maximum of output, and a budget needs one: ${maxOutputTokens} tokens`,
  });
  return { ...call, prompt: () => limited, rewritten: true };
}
