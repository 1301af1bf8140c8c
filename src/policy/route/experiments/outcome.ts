import type { Arm } from '../../../core/experiment.ts';
import type { Experiment } from '../../../core/plan/route.ts';
import type { CallRecord } from '../../../core/record.ts';
import type { Target } from '../../../core/target.ts';
import { isTargetsFault } from '../stats/observe.ts';

/** Free answers and immediate ones have logarithms too. */
const LEAST_USD = 1e-9;
const LEAST_MS = 0.01;

/** What a finished call says about its side; null when it says nothing. Feedback comes by itself. */
export function outcomeOf(
  { b, metric }: Pick<Experiment, 'b' | 'metric'>,
  arm: Arm,
  record: CallRecord,
): number | null {
  const { costUsd, errorCode, status, stream, totalMs, ttftMs } = record;
  switch (metric) {
    case 'success':
      if (status === 'ok') return Number(arm === 'b' ? answeredBy(b, record) : !fellBack(record));
      return status === 'error' && isTargetsFault(errorCode) ? 0 : null;
    case 'cost':
      return status === 'ok' && costUsd !== null ? Math.log(Math.max(Number(costUsd), LEAST_USD)) : null;
    case 'latency': {
      const ms = stream ? ttftMs : totalMs;
      return status === 'ok' && ms !== null ? Math.log(Math.max(ms, LEAST_MS)) : null;
    }
    case 'feedback':
      return null;
  }
}

/** An answer of the other side's does not speak for the b side, however good the client may find it. */
function answeredBy(b: readonly Target[], { target }: CallRecord): boolean {
  return b.some(({ model, provider }) => target?.provider === provider && target.model === model);
}

function fellBack({ decisions }: CallRecord): boolean {
  return decisions.some(({ action, stage }) => stage === 'route' && action === 'fell-back');
}
