import type { Workload } from '../workloads.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Something out of the ordinary that the dashboard should show. */
export interface Incident {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** The workload or the provider that it strikes. */
  readonly strikes: (workload: Workload) => boolean;
  /** How many times as many calls. */
  readonly calls: number;
  /** How many times as long the prompts. */
  readonly prompts: number;
  /** Share of first targets that fail. */
  readonly failures: number;
}

/**
 * Two incidents in the fortnight before `now`: a deployment that made one feature send far more and longer prompts
 * for some hours, and a provider that was overloaded.
 */
export function incidentsBefore(now: number): readonly Incident[] {
  return [
    {
      from: workingDay(now, 3) + 9 * HOUR_MS,
      to: workingDay(now, 3) + 15 * HOUR_MS,
      strikes: ({ feature }) => feature === 'code-review',
      calls: 6,
      prompts: 3,
      failures: 0,
    },
    {
      from: workingDay(now, 7) + 13 * HOUR_MS,
      to: workingDay(now, 7) + 16 * HOUR_MS,
      strikes: ({ targets }) => targets[0].provider === 'anthropic',
      calls: 1,
      prompts: 1,
      failures: 0.7,
    },
  ];
}

/** Where the last working day begins that is at least `back` days before `now`. */
export function workingDay(now: number, back: number): number {
  let day = Math.floor(now / DAY_MS) * DAY_MS - back * DAY_MS;
  while ([0, 6].includes(new Date(day).getUTCDay())) day -= DAY_MS;
  return day;
}

/** The effect of all incidents on a workload at a time. */
export function effectAt(
  incidents: readonly Incident[],
  workload: Workload,
  at: number,
): Pick<Incident, 'calls' | 'prompts' | 'failures'> {
  const effect = { calls: 1, prompts: 1, failures: 0 };
  for (const incident of incidents) {
    if (at < incident.from || at >= incident.to || !incident.strikes(workload)) continue;
    effect.calls *= incident.calls;
    effect.prompts *= incident.prompts;
    effect.failures = Math.max(effect.failures, incident.failures);
  }
  return effect;
}
