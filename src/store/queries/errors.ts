import type { Sql } from '../sql/sql.ts';
import { conditionSql, conditionsOf, type SpanFilter, timeOf } from './filter.ts';
import { createParams } from './params.ts';
import { iso } from './time.ts';

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

const MOST_FAILED = 50_000;
const MOST_ROWS = 200;

/** How calls failed, of the newest 50,000 failures; the most frequent first. */
export async function errors(sql: Sql, filter: SpanFilter): Promise<ErrorRow[]> {
  const params = createParams();
  const where = [
    'error_code is not null',
    `started_at >= ${params.add(iso(timeOf(filter.from, 'from')))}`,
    `started_at < ${params.add(iso(timeOf(filter.to, 'to')))}`,
    ...conditionSql(conditionsOf(filter), 'raw', 'spend', params),
  ];
  return sql.query<ErrorRow>(
    `with failed as (
       select id, started_at, error_code, error_message, http_status, provider from illm.calls
       where ${where.join(' and ')} order by started_at desc limit ${MOST_FAILED}
     )
     select error_code as "errorCode", http_status as "httpStatus", provider, count(*) as calls,
       max(started_at) as "lastAt",
       (array_agg(error_message order by started_at desc, id desc))[1] as "lastMessage",
       (array_agg(id order by started_at desc, id desc))[1] as "lastCallId"
     from failed group by 1, 2, 3 order by calls desc, "lastAt" desc limit ${MOST_ROWS}`,
    params.values,
  );
}
