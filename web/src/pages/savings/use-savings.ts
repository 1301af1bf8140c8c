import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { savingsQuery, spendQuery } from '../../api/queries.ts';
import type { Params } from '../../api/request.ts';
import type { Savings, Spend } from '../../api/types.ts';
import type { Dimension } from '../../view/dimension.ts';
import { filterParams } from '../../view/filters.ts';
import {
  type Buckets,
  bucketsFor,
  HOURS,
  periodLengthMs,
  periodOf,
  periodParams,
  previousParams,
} from '../../view/range.ts';
import type { SavingsView } from '../../view/savings-view.ts';

export const DEFAULT_RANGE = '7d';
const DEFAULT_DIMENSION = 'model';

/** The figures of one view; undefined what is not there yet. */
export interface SavingsData {
  readonly dimension: Dimension;
  readonly buckets: Buckets;
  readonly byLever: Savings | undefined;
  readonly before: Savings | undefined;
  readonly course: Savings | undefined;
  readonly byGroup: Savings | undefined;
  /** The bills of the same groups. */
  readonly bills: Spend | undefined;
  /** The figures are those of the view before. */
  readonly stale: boolean;
  /** Why there is nothing to show. */
  readonly error: Error | null;
}

export function useSavings(view: SavingsView): SavingsData {
  const period = periodOf(view, DEFAULT_RANGE);
  const dimension = view.by ?? DEFAULT_DIMENSION;
  const fitting = bucketsFor(periodLengthMs(period));
  const buckets = fitting.unit === 'slice' ? HOURS : fitting;
  const filters = filterParams(view);
  const now: Params = { ...filters, ...periodParams(period) };
  const { lever: _lever, ...ofAllCalls } = now;
  const ask = (params: Params) => ({ ...savingsQuery(params), placeholderData: keepPreviousData });
  const byLever = useQuery(ask({ ...now, groupBy: 'lever' }));
  const before = useQuery(ask({ ...filters, ...previousParams(period), groupBy: 'lever' }));
  const course = useQuery(ask({ ...now, groupBy: `${buckets.unit},lever` }));
  const byGroup = useQuery(ask({ ...now, groupBy: dimension }));
  const bills = useQuery({
    ...spendQuery({ ...ofAllCalls, groupBy: dimension }),
    placeholderData: keepPreviousData,
  });
  const all = [byLever, before, course, byGroup, bills];
  return {
    dimension,
    buckets,
    byLever: byLever.data,
    before: before.data,
    course: course.data,
    byGroup: byGroup.data,
    bills: bills.data,
    stale: all.some(({ isPlaceholderData }) => isPlaceholderData),
    error: byLever.data ? null : byLever.error,
  };
}
