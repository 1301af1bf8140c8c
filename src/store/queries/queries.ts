import type { Clock } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';
import { type CallPage, getCall, listCalls, type PageQuery } from './calls.ts';
import { type DimensionValues, dimensions } from './dimensions.ts';
import { type ErrorRow, errors } from './errors.ts';
import type { CallFilter, SpanFilter } from './filter.ts';
import { latency, type LatencyReport } from './latency.ts';
import { savings, type SavingsReport } from './savings.ts';
import { type Grouped, type SpendReport, spend } from './spend.ts';
import { tail, type TailPage } from './tail.ts';

/**
 * The ledger, read. Every answer is bounded in rows and in work. A bad time, group or cursor is a CallError
 * `invalid_request` that names the parameter; a store that cannot be reached is one of `not_ready`.
 */
export interface Queries {
  calls(filter: CallFilter, page: PageQuery): Promise<CallPage>;
  /** The whole record; null when there is no such call. */
  call(id: string): Promise<CallRecord | null>;
  spend(query: Grouped): Promise<SpendReport>;
  latency(query: Grouped): Promise<LatencyReport>;
  /** What the levers saved; grouped by `lever` too. */
  savings(query: Grouped): Promise<SavingsReport>;
  errors(filter: SpanFilter): Promise<ErrorRow[]>;
  /** Of the calls since `from`, ISO 8601. */
  dimensions(from: string): Promise<DimensionValues>;
  /** Calls that were stored after a mark, oldest first, with the next mark. Null marks the present. */
  tail(mark: string | null, limit: number): Promise<TailPage>;
}

export function createQueries(sql: Sql, clock: Clock): Queries {
  return {
    calls: (filter, page) => reached(listCalls(sql, filter, page)),
    call: (id) => reached(getCall(sql, id)),
    spend: (query) => reached(spend(sql, query, clock.now())),
    latency: (query) => reached(latency(sql, query, clock.now())),
    savings: (query) => reached(savings(sql, query, clock.now())),
    errors: (filter) => reached(errors(sql, filter, clock.now())),
    dimensions: (from) => reached(dimensions(sql, from)),
    tail: (mark, limit) => reached(tail(sql, mark, limit, clock.now())),
  };
}
