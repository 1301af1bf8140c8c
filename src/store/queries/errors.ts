import type { Sql } from '../sql/sql.ts';
import type { SpanFilter } from './filter.ts';
import { createParams } from './params.ts';
import { planSource } from './source.ts';

/** Calls that failed the same way. */
export interface ErrorRow {
  readonly errorCode: string;
  readonly httpStatus: number;
  readonly provider: string | null;
  readonly calls: number;
  readonly lastAt: string;
  readonly lastMessage: string | null;
  readonly lastCallId: string;
}

/** Failures read at most where no rollup can answer; the few of the broken hours at both ends always are. */
const BOUNDS = { rawRows: 50_000, edgeRows: Number.POSITIVE_INFINITY };
const MOST_ROWS = 200;

/** How calls failed, the most frequent first. Asked by tag or session, of the newest 50,000 failures. */
export async function errors(sql: Sql, filter: SpanFilter, now: number): Promise<ErrorRow[]> {
  const params = createParams();
  const source = await planSource(sql, { filter, groups: [], subject: 'failures', now, bounds: BOUNDS });
  return sql.query<ErrorRow>(
    `with source as (${source.text([], params)})
     select error_code as "errorCode", http_status as "httpStatus", provider, sum(calls)::bigint as calls,
       max(last_at) as "lastAt",
       (array_agg(last_message order by last_at desc, last_id desc))[1] as "lastMessage",
       (array_agg(last_id order by last_at desc, last_id desc))[1] as "lastCallId"
     from source group by 1, 2, 3 order by calls desc, "lastAt" desc limit ${MOST_ROWS}`,
    params.values,
  );
}
