import { useQuery } from '@tanstack/react-query';
import { errorsQuery, latencyQuery, spendQuery } from '../../api/queries.ts';
import { spendCourseQuery } from '../../api/spend-course.ts';
import type { Params } from '../../api/request.ts';
import { filterParams } from '../../view/filters.ts';
import type { OverviewView } from '../../view/overview-view.ts';
import { bucketsFor, periodLengthMs, periodOf, periodParams, previousParams } from '../../view/range.ts';

export const DEFAULT_RANGE = '24h';
const DEFAULT_DIMENSION = 'model';

/** All figures of the overview, now and in the period before. */
export function useOverview(view: OverviewView) {
  const period = periodOf(view, DEFAULT_RANGE);
  const dimension = view.by ?? DEFAULT_DIMENSION;
  const buckets = bucketsFor(periodLengthMs(period));
  const filters = filterParams(view);
  const now: Params = { ...filters, ...periodParams(period) };
  const before: Params = { ...filters, ...previousParams(period) };
  return {
    period,
    dimension,
    buckets,
    spend: useQuery(spendQuery({ ...now, groupBy: dimension })),
    spendBefore: useQuery(spendQuery({ ...before, groupBy: dimension })),
    course: useQuery(spendCourseQuery(filters, period, dimension, buckets)),
    latency: useQuery(latencyQuery({ ...now, groupBy: dimension })),
    latencyBefore: useQuery(latencyQuery({ ...before, groupBy: dimension })),
    errors: useQuery(errorsQuery(now)),
  };
}

export type OverviewData = ReturnType<typeof useOverview>;
