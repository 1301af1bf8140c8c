import type { ExperimentMetric } from '../../../core/plan/route.ts';
import type { CallRecord } from '../../../core/record.ts';
import { isTargetsFault } from '../stats/observe.ts';

/** Free answers and immediate ones have logarithms too. */
const LEAST_USD = 1e-9;
const LEAST_MS = 0.01;

/** What a finished call says about its side; null when it says nothing. Feedback comes by itself. */
export function outcomeOf(metric: ExperimentMetric, record: CallRecord): number | null {
  const { costUsd, errorCode, status, stream, totalMs, ttftMs } = record;
  switch (metric) {
    case 'success':
      if (status === 'ok') return 1;
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
