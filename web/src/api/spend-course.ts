import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query';
import { type Buckets, type Period, periodEdges, periodParams } from '../view/range.ts';
import { apiPath, type Params, requestJson } from './request.ts';
import type { Spend } from './types.ts';

export type SpendRows = Pick<Spend, 'from' | 'to' | 'rows'>;

const REFETCH_MS = 30_000;
/** A call counts when it started and is known when it ended: a bar of the past changes while calls of its time still run. */
const SETTLED_MS = 15 * 60_000;
/** Groups are folded by the server beyond so many, and a group here is a bar of a colour. */
const MOST_GROUPS = '1000';

/** Spend split by time and one dimension, in the units of `buckets`. */
export function spendCourseQuery(filters: Params, period: Period, dimension: string, buckets: Buckets) {
  const params = { ...filters, ...periodParams(period), limit: MOST_GROUPS };
  const url = apiPath('/spend', { ...params, groupBy: `${buckets.unit},${dimension}` });
  return queryOptions({
    queryKey: ['api', url],
    queryFn: ({ signal, client }): Promise<SpendRows> =>
      buckets.unit === 'slice'
        ? readSlices(client, { ...filters, groupBy: dimension }, period, buckets.lengthMs, signal)
        : requestJson<Spend>(url, { signal }),
    refetchInterval: REFETCH_MS,
    placeholderData: keepPreviousData,
  });
}

async function readSlices(
  client: QueryClient,
  params: Params,
  period: Period,
  lengthMs: number,
  signal: AbortSignal,
): Promise<SpendRows> {
  const now = Date.now();
  const { fromMs, toMs } = periodEdges(period, now);
  const starts: number[] = [];
  for (let at = Math.floor(fromMs / lengthMs) * lengthMs; at < toMs; at += lengthMs) starts.push(at);
  const slices = await Promise.all(
    starts.map(async (start) => {
      const from = new Date(Math.max(start, fromMs)).toISOString();
      const to = new Date(Math.min(start + lengthMs, toMs)).toISOString();
      const url = apiPath('/spend', { ...params, from, to });
      const spend = await client.fetchQuery({
        queryKey: ['api', 'slice', url],
        queryFn: () => requestJson<Spend>(url, { signal }),
        staleTime: start + lengthMs < now - SETTLED_MS ? Number.POSITIVE_INFINITY : 0,
      });
      const slice = new Date(start).toISOString();
      return spend.rows.map((row) => ({ ...row, group: { ...row.group, slice } }));
    }),
  );
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), rows: slices.flat() };
}
