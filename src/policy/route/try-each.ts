import type { Call } from '../../core/call.ts';
import type { NotedDecision } from '../../core/decision.ts';
import { type CallError, type ErrorCode, isCallError } from '../../core/errors.ts';
import { type Reading, readOpening } from '../../core/handover.ts';
import type { Part } from '../../core/part.ts';
import type { Handler } from '../../core/ports.ts';
import { formatTarget, type Target } from '../../core/target.ts';

/** Errors that no pause mends, but perhaps another model. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set(['context_too_long', 'unsupported', 'model_not_found']);

/** Asks the targets in their order, the next one while the answer has not begun. */
export async function tryEach(
  next: Handler,
  call: Call,
  targets: readonly Target[],
  reading: Reading,
): Promise<readonly Part[]> {
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
}

export function helpsElsewhere(error: unknown): error is CallError {
  return isCallError(error) && (error.retryable !== 'never' || ELSEWHERE.has(error.code));
}

export function fallback(failed: Target, following: Target, error: CallError): Omit<NotedDecision, 'atMs'> {
  return {
    stage: 'route',
    action: 'fell-back',
    why: `${formatTarget(failed)} failed (${error.code}); trying ${formatTarget(following)}`,
    details: { target: formatTarget(failed), error: error.code },
  };
}
