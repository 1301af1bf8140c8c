import type { Rhythm } from '../workloads.ts';

const HOUR_MS = 3_600_000;

/** Share of a day's calls in each hour of the day (UTC); each row adds up to 1. */
const HOURS: Readonly<Record<Rhythm, readonly number[]>> = {
  office: normalised([0, 0, 0, 0, 0, 0, 1, 3, 7, 10, 11, 10, 7, 9, 11, 10, 8, 5, 3, 1, 1, 1, 0, 0]),
  always: normalised([2, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 8, 7, 7, 8, 8, 7, 7, 6, 6, 5, 5, 4, 3]),
  night: normalised([4, 30, 34, 20, 6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3]),
};

/** Sunday first. */
const DAYS: Readonly<Record<Rhythm, readonly number[]>> = {
  office: [0.06, 1, 1.1, 1.1, 1.05, 0.85, 0.1],
  always: [0.55, 1, 1.05, 1.05, 1, 0.95, 0.6],
  night: [0.3, 1, 1, 1, 1, 1, 0.3],
};

/** Usage grows by this much from the first day of the history to the last. */
const GROWTH = 0.35;

/**
 * Calls to expect in the hour that begins at `at`.
 * @param age how far back that hour lies, from 1 (oldest) to 0 (now)
 */
export function expectedCalls(perDay: number, rhythm: Rhythm, at: number, age: number): number {
  const hour = new Date(at);
  const share = HOURS[rhythm][hour.getUTCHours()] ?? 0;
  const day = DAYS[rhythm][hour.getUTCDay()] ?? 1;
  return perDay * share * day * (1 - GROWTH * age);
}

export function hourBefore(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

function normalised(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
