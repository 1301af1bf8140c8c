import type { Call } from '../../core/call.ts';
import { CallError } from '../../core/errors.ts';
import type { RouteSettings } from '../../core/plan/route.ts';
import type { Candidate } from './candidate.ts';
import type { Task } from './task.ts';

/** What a call's target must meet. */
export interface CallLimits {
  /** Milliseconds. */
  readonly maxLatencyMs: number | null;
  /** From 0 to 1. */
  readonly minQuality: number | null;
}

export const LATENCY_HEADER = 'x-illm-max-latency-ms';
export const QUALITY_HEADER = 'x-illm-min-quality';

/** Those of the call's headers, else those of the alias. @throws CallError `invalid_request` */
export function limitsOf({ plan, wire }: Call): CallLimits {
  const { maxLatencyMs, minQuality } = plan.route;
  return {
    maxLatencyMs:
      numberIn(wire.headers[LATENCY_HEADER], LATENCY_HEADER, 'milliseconds', 1, 3_600_000) ?? maxLatencyMs,
    minQuality: numberIn(wire.headers[QUALITY_HEADER], QUALITY_HEADER, 'a share', 0, 1) ?? minQuality,
  };
}

function numberIn(
  text: string | undefined,
  header: string,
  unit: string,
  least: number,
  most: number,
): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new CallError(
    'invalid_request',
    `${header} must be ${unit} from ${least} to ${most}; it is ${JSON.stringify(text.slice(0, 40))}.`,
    { param: header },
  );
}

/**
 * The candidates that meet the limits.
 * @throws CallError `no_model_fits` when none does: names the limit that binds and how near the nearest comes
 */
export function within(
  candidates: readonly Candidate[],
  limits: CallLimits,
  settings: RouteSettings,
  task: Task,
): readonly Candidate[] {
  const { maxLatencyMs, minQuality } = limits;
  if (maxLatencyMs === null && minQuality === null) return candidates;
  const fastEnough = candidates.filter((candidate) => isFastEnough(candidate, maxLatencyMs, settings));
  const goodEnough = candidates.filter(({ quality }) => minQuality === null || quality.lower >= minQuality);
  const good = new Set(goodEnough);
  const both = fastEnough.filter((candidate) => good.has(candidate));
  if (both.length > 0) return both;
  throw noModelFits(candidates, fastEnough, goodEnough, limits, settings, task);
}

function isFastEnough({ p95Ms }: Candidate, most: number | null, settings: RouteSettings): boolean {
  if (most === null) return true;
  return p95Ms === null ? settings.unknownLatency === 'allow' : p95Ms <= most;
}

function noModelFits(
  candidates: readonly Candidate[],
  fastEnough: readonly Candidate[],
  goodEnough: readonly Candidate[],
  { maxLatencyMs, minQuality }: CallLimits,
  settings: RouteSettings,
  task: Task,
): CallError {
  // The limit that alone refuses everybody; when each alone could be met, it is the second of two that binds.
  const latencyBinds =
    maxLatencyMs !== null && (fastEnough.length === 0 || (goodEnough.length > 0 && minQuality !== null));
  const told: string[] = [];
  if (latencyBinds) {
    const nearest = candidatesOr(goodEnough, candidates).toSorted((a, b) => latency(a) - latency(b))[0];
    const value = nearest?.p95Ms ?? null;
    told.push(
      `No target${goodEnough.length > 0 && minQuality !== null ? ' that is good enough' : ''} answers within ${maxLatencyMs} ms at the 95th percentile (${LATENCY_HEADER} or maxLatencyMs); the nearest is ${nearest?.name ?? 'none'} with ${value === null ? 'a latency that is not known yet' : `${Math.ceil(value)} ms`}.`,
    );
  }
  if (minQuality !== null && goodEnough.length === 0) {
    const nearest = candidates.toSorted((a, b) => b.quality.lower - a.quality.lower)[0];
    const evidence = nearest ? Math.round(nearest.quality.evidence) : 0;
    told.push(
      `No target is known to answer at least ${minQuality} of the ${task.name} tasks well (${QUALITY_HEADER} or minQuality): the best lower bound at ${settings.confidence * 100} % confidence is ${nearest?.quality.lower.toFixed(3) ?? 0} of ${nearest?.name ?? 'none'}, from ${evidence} judged answers. Send feedback or configure route.quality.`,
    );
  }
  return new CallError('no_model_fits', told.join(' '), {
    param: latencyBinds ? LATENCY_HEADER : QUALITY_HEADER,
  });
}

function candidatesOr(some: readonly Candidate[], all: readonly Candidate[]): readonly Candidate[] {
  return some.length > 0 ? some : all;
}

function latency({ p95Ms }: Candidate): number {
  return p95Ms ?? Number.POSITIVE_INFINITY;
}
