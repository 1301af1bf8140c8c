import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { type Buckets, HOURS, type Period, periodEdges, periodParams } from '../view/range.ts';
import { apiPath, type Params, requestJson } from './request.ts';
import type { Spend } from './types.ts';

/** Rows split by time and one dimension, and which bars they are meant for. */
export interface SpendByTime extends Pick<Spend, 'from' | 'to' | 'rows'> {
  readonly buckets: Buckets;
}

const REFETCH_MS = 30_000;
/** A call counts when it started and is known when it ended: a bar of the past changes while calls of its time still run. */
const SETTLED_MS = 15 * 60_000;

/** Spend split by time and one dimension; the server folds all but the dearest groups. */
export function spendCourseQuery(
  filters: Params,
  period: Period,
  dimension: string,
  buckets: Buckets,
  mostGroups: number,
) {
  const params = { ...filters, ...periodParams(period), limit: String(mostGroups) };
  const url = ({ unit }: Buckets) => apiPath('/spend', { ...params, groupBy: `${unit},${dimension}` });
  const read = async (bars: Buckets, signal: AbortSignal): Promise<SpendByTime> => ({
    ...(await requestJson<Spend>(url(bars), { signal })),
    buckets: bars,
  });
  return queryOptions({
    queryKey: ['api', 'course', url(buckets)],
    queryFn: async ({ signal, client }): Promise<SpendByTime> => {
      if (buckets.unit !== 'slice') return await read(buckets, signal);
      const sliced = await readSlices(client, { ...filters, groupBy: dimension }, period, buckets, signal);
      return sliced ?? (await read(HOURS, signal));
    },
    refetchInterval: REFETCH_MS,
  });
}

/** Asks for each bar on its own. Null when the server is too busy for that and answers with whole hours instead. */
async function readSlices(
  client: QueryClient,
  params: Params,
  period: Period,
  buckets: Buckets,
  signal: AbortSignal,
): Promise<SpendByTime | null> {
  const { lengthMs } = buckets;
  const now = Date.now();
  const { fromMs, toMs } = periodEdges(period, now);
  const readSlice = async (start: number): Promise<Spend['rows'] | null> => {
    const from = new Date(Math.max(start, fromMs)).toISOString();
    const to = new Date(Math.min(start + lengthMs, toMs)).toISOString();
    const url = apiPath('/spend', { ...params, from, to });
    const spend = await client.fetchQuery({
      queryKey: ['api', 'slice', url],
      queryFn: () => requestJson<Spend>(url, { signal }),
      staleTime: start + lengthMs < now - SETTLED_MS ? Number.POSITIVE_INFINITY : 0,
    });
    if (Date.parse(spend.from) < Date.parse(from)) return null;
    const slice = new Date(start).toISOString();
    return spend.rows.map((row) => ({ ...row, group: { ...row.group, slice } }));
  };

  const starts: number[] = [];
  for (let at = Math.floor(fromMs / lengthMs) * lengthMs; at < toMs; at += lengthMs) starts.push(at);
  const [first = fromMs, ...others] = starts;
  const firstRows = await readSlice(first);
  if (!firstRows) return null;
  const rows = await Promise.all(others.map(readSlice));
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    rows: [firstRows, ...rows].flatMap((slice) => slice ?? []),
    buckets,
  };
}
