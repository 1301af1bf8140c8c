import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { errorsQuery, latencyQuery, savingsQuery, spendQuery } from '../../api/queries.ts';
import type { Params } from '../../api/request.ts';
import { type SpendByTime, spendCourseQuery } from '../../api/spend-course.ts';
import type { ErrorRow, Latency, Savings, Spend } from '../../api/types.ts';
import { MOST_SERIES } from '../../charts/series.ts';
import type { Dimension } from '../../view/dimension.ts';
import { filterParams } from '../../view/filters.ts';
import type { OverviewView } from '../../view/overview-view.ts';
import { bucketsFor, periodLengthMs, periodOf, periodParams, previousParams } from '../../view/range.ts';

export const DEFAULT_RANGE = '24h';
export const DEFAULT_DIMENSION = 'model';

/** The figures of one view; undefined what is not there yet. */
interface OverviewData {
  readonly dimension: Dimension;
  readonly spend: Spend | undefined;
  readonly spendBefore: Spend | undefined;
  readonly course: SpendByTime | undefined;
  readonly courseError: Error | null;
  readonly latency: Latency | undefined;
  readonly latencyBefore: Latency | undefined;
  readonly errors: readonly ErrorRow[] | undefined;
  readonly savings: Savings | undefined;
  readonly savingsBefore: Savings | undefined;
}

export interface Overview {
  readonly data: OverviewData;
  /** The figures are those of the view before: the new ones come all at once. */
  readonly stale: boolean;
  /** Why there is nothing to show. */
  readonly error: Error | null;
}

/** All figures of the overview, now and in the period before. */
export function useOverview(view: OverviewView): Overview {
  const period = periodOf(view, DEFAULT_RANGE);
  const dimension = view.by ?? DEFAULT_DIMENSION;
  const buckets = bucketsFor(periodLengthMs(period));
  const filters = filterParams(view);
  const now: Params = { ...filters, ...periodParams(period) };
  const before: Params = { ...filters, ...previousParams(period) };
  const spend = useQuery(spendQuery({ ...now, groupBy: dimension }));
  const spendBefore = useQuery(spendQuery({ ...before, groupBy: dimension }));
  const course = useQuery(spendCourseQuery(filters, period, dimension, buckets, MOST_SERIES));
  const latency = useQuery(latencyQuery({ ...now, groupBy: dimension }));
  const latencyBefore = useQuery(latencyQuery({ ...before, groupBy: dimension }));
  const savings = useQuery(savingsQuery(now));
  const savingsBefore = useQuery(savingsQuery(before));
  const errors = useQuery(errorsQuery({ status: 'error', ...now }));

  const data = useMemo(
    (): OverviewData => ({
      dimension,
      spend: spend.data,
      spendBefore: spendBefore.data,
      course: course.data,
      courseError: course.data ? null : course.error,
      latency: latency.data,
      latencyBefore: latencyBefore.data,
      errors: errors.data?.rows,
      savings: savings.data,
      savingsBefore: savingsBefore.data,
    }),
    [
      dimension,
      spend.data,
      spendBefore.data,
      course.data,
      course.error,
      latency.data,
      latencyBefore.data,
      errors.data,
      savings.data,
      savingsBefore.data,
    ],
  );
  const pending = [spend, spendBefore, course, latency, latencyBefore, errors, savings, savingsBefore].some(
    ({ isPending }) => isPending,
  );
  const shown = useLastWhole(data, !pending);
  return { data: shown, stale: shown !== data, error: spend.data ? null : spend.error };
}

/** The value, or while it is not whole the last one that was; the value all the same when none ever was. */
function useLastWhole<T>(value: T, whole: boolean): T {
  const last = useRef<T | null>(null);
  useEffect(() => {
    if (whole) last.current = value;
  });
  return whole ? value : (last.current ?? value);
}
