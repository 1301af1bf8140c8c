import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type Period, periodParams } from '../view/range.ts';
import { type Params, apiPath, requestJson } from './request.ts';
import type {
  About,
  BatchItemPage,
  BatchPage,
  Budget,
  CacheState,
  CallPage,
  CallRecord,
  CreatedKey,
  Dimensions,
  ErrorRow,
  KeyView,
  Latency,
  LocalEngine,
  Machine,
  NewKey,
  OneBatch,
  Savings,
  Spend,
} from './types.ts';

const SECOND = 1000;
const CALLS_A_PAGE = '100';

/** A GET whose answer is kept under its own address. */
function get<T>(path: string, params: Params = {}, refetchMs: number | false = false) {
  const url = apiPath(path, params);
  return queryOptions({
    queryKey: ['api', url],
    queryFn: ({ signal }) => requestJson<T>(url, { signal }),
    refetchInterval: refetchMs,
  });
}

export const aboutQuery = () => get<About>('/about', {}, 10 * SECOND);
export const spendQuery = (params: Params) => get<Spend>('/spend', params, 30 * SECOND);
export const savingsQuery = (params: Params) => get<Savings>('/savings', params, 30 * SECOND);
export const latencyQuery = (params: Params) => get<Latency>('/latency', params, 30 * SECOND);
export const errorsQuery = (params: Params) =>
  get<{ readonly rows: readonly ErrorRow[] }>('/errors', params, 30 * SECOND);

/** Values that occurred since the period began. */
export const dimensionsQuery = (period: Period) => {
  const { from } = periodParams(period);
  return { ...get<Dimensions>('/dimensions', { from }), placeholderData: keepPreviousData };
};

export const machinesQuery = () =>
  get<{ readonly machines: readonly Machine[] }>('/machines', {}, 15 * SECOND);
export const engineQuery = () => get<{ readonly engines: readonly LocalEngine[] }>('/engine', {}, 2 * SECOND);
export const budgetsQuery = () => get<{ readonly budgets: readonly Budget[] }>('/budgets', {}, 5 * SECOND);
export const cacheQuery = () => get<CacheState>('/cache', {}, 5 * SECOND);
export const keysQuery = () => get<{ readonly keys: readonly KeyView[] }>('/keys');

/** Whether the ledger holds any call at all. */
export const anyCallQuery = () => get<CallPage>('/calls', { limit: '1' }, 5 * SECOND);

export const callQuery = (id: string) =>
  queryOptions({
    queryKey: ['api', 'call', id],
    queryFn: ({ signal }) => requestJson<CallRecord>(apiPath(`/calls/${encodeURIComponent(id)}`), { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const callsQuery = (params: Params) =>
  infiniteQueryOptions({
    queryKey: ['api', 'calls', apiPath('/calls', params)],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const paged = { ...params, limit: CALLS_A_PAGE, ...(pageParam && { cursor: pageParam }) };
      return requestJson<CallPage>(apiPath('/calls', paged), { signal });
    },
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });

/** A page of a list that goes on by `nextCursor`, and changes while one looks. */
function paged<T extends { readonly nextCursor: string | null }>(
  path: string,
  params: Params,
  refetchMs: number | false,
) {
  return infiniteQueryOptions({
    queryKey: ['api', 'paged', apiPath(path, params)],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      requestJson<T>(apiPath(path, { ...params, ...(pageParam && { cursor: pageParam }) }), { signal }),
    getNextPageParam: (page: T) => page.nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: refetchMs,
  });
}

export const batchesQuery = () => paged<BatchPage>('/batches', { limit: '30' }, 3 * SECOND);

/** Looked at again while it goes on. */
export const batchQuery = (id: string) => ({
  ...get<OneBatch>(`/batches/${encodeURIComponent(id)}`),
  refetchInterval: ({ state }: { readonly state: { readonly data?: OneBatch | undefined } }) =>
    state.data?.batch.endedAt === null ? 2 * SECOND : false,
});

export const batchItemsQuery = (id: string, state: string | undefined, live: boolean) =>
  paged<BatchItemPage>(
    `/batches/${encodeURIComponent(id)}/items`,
    { limit: '100', ...(state && { state }) },
    live && 3 * SECOND,
  );

export function cancelBatch(id: string): Promise<OneBatch> {
  return requestJson(apiPath(`/batches/${encodeURIComponent(id)}/cancel`), { method: 'POST' });
}

export function createKey(key: NewKey): Promise<CreatedKey> {
  return requestJson(apiPath('/keys'), { method: 'POST', body: key });
}

export function revokeKey(id: string): Promise<unknown> {
  return requestJson(apiPath(`/keys/${encodeURIComponent(id)}`), { method: 'DELETE' });
}
