import type { Call } from '../../core/call.ts';
import { type CallError, type ErrorCode, isCallError } from '../../core/errors.ts';
import { handover, readOpening } from '../../core/handover.ts';
import type { Stage } from '../../core/ports.ts';
import { formatTarget, type Target } from '../../core/target.ts';

export interface RouteDeps {
  /** Whether calls for this target are refused at the moment, because others failed. */
  readonly isOpen: (target: Target) => boolean;
}

/** Errors that no pause mends, but perhaps another model. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set(['context_too_long', 'unsupported', 'model_not_found']);

/** Chooses the target of each call among its candidates, and the next one while the answer has not begun. A target already set is kept. */
export function routeStage(deps: RouteDeps): Stage {
  return (next) =>
    function route(call) {
      const targets = inOrder(call, deps);
      const [only] = targets;
      // With nowhere else to go, nothing need be kept back.
      if (only && targets.length === 1) return next({ ...call, target: only });
      return handover(async (reading) => {
        for (const [index, target] of targets.entries()) {
          reading.from = next({ ...call, target })[Symbol.asyncIterator]();
          try {
            return await readOpening(reading.from);
          } catch (error) {
            const following = targets[index + 1];
            if (!following || reading.closed || call.signal.aborted || !helpsElsewhere(error)) throw error;
            call.trail.decide(fallback(target, following, error));
          }
        }
        return [];
      });
    };
}

/** The call's targets; those whose circuit is open come last, as they are better than nothing. */
function inOrder(call: Call, deps: RouteDeps): readonly Target[] {
  const targets = call.target ? [call.target] : (call.candidates ?? []);
  const why = call.target ? 'the target was given' : call.resolvedBy;
  const open = targets.length > 1 ? targets.filter((target) => deps.isOpen(target)) : [];
  const ordered =
    open.length > 0 ? [...targets.filter((target) => !open.includes(target)), ...open] : targets;
  const [first] = ordered;
  if (open.length > 0 && open.length < targets.length)
    call.trail.decide({
      stage: 'route',
      action: 'skipped',
      why: `${open.map(formatTarget).join(', ')} failed several times in a row`,
    });
  if (first) call.trail.decide({ stage: 'route', action: 'chose', why: `${formatTarget(first)}: ${why}` });
  return ordered;
}

function helpsElsewhere(error: unknown): error is CallError {
  return isCallError(error) && (error.retryable !== 'never' || ELSEWHERE.has(error.code));
}

function fallback(
  failed: Target,
  following: Target,
  error: CallError,
): { readonly stage: string; readonly action: string; readonly why: string } {
  const why = `${formatTarget(failed)} failed (${error.code}); trying ${formatTarget(following)}`;
  return { stage: 'route', action: 'fell-back', why };
}
