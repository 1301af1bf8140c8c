import type { Target } from '../../../core/target.ts';
import type { LatencyHistogram } from './histogram.ts';
import type { ModelTable } from './model-table.ts';

interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

/** What the ledger says of one target's calls of late. */
export interface History {
  readonly target: Target;
  readonly calls: number;
  readonly errors: number;
  readonly ttftMs: Percentiles | null;
  readonly totalMs: Percentiles | null;
  /** Mean of the calls that told their usage; null when none did. */
  readonly outputTokens: number | null;
  /** Dollars a token; an estimate. */
  readonly usdPerToken: number | null;
}

/** The past counts as so many calls of now at most, so that the present soon outweighs it. */
const MOST_WEIGHT = 100;

/** Starts the table with what the ledger knows, so that a restart forgets nothing. */
export function seed(table: ModelTable, history: readonly History[], now: number): void {
  for (const { target, calls, errors, ttftMs, totalMs, outputTokens, usdPerToken } of history) {
    const weight = Math.min(calls, MOST_WEIGHT);
    if (weight <= 0) continue;
    const stats = table.open(target);
    if (ttftMs) seedDurations(stats.ttft, ttftMs, weight, now);
    if (totalMs) seedDurations(stats.total, totalMs, weight, now);
    if (outputTokens !== null) stats.output.add(outputTokens, now, weight);
    if (usdPerToken !== null) stats.usdPerToken.add(usdPerToken, now, weight);
    stats.success.add(1 - Math.min(1, errors / calls), now, weight);
  }
}

/** A histogram whose quantiles are those given. */
function seedDurations(histogram: LatencyHistogram, at: Percentiles, weight: number, now: number): void {
  histogram.add(at.p50, now, 0.5 * weight);
  histogram.add(at.p90, now, 0.4 * weight);
  histogram.add(at.p95, now, 0.05 * weight);
  histogram.add(at.p99, now, 0.05 * weight);
}
