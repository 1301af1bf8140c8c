import { sha256 } from '../../core/secret.ts';
import { FIELD_NAMES, FIELDS, TELLS_LATENCY, USAGE_FIELDS } from './fields.ts';

/** The columns of stored calls that the rollups are made of. */
const COUNTED = [
  'id',
  'started_at',
  'provider',
  'model',
  'requested_model',
  'team',
  'user_name',
  'key_id',
  'key_name',
  'tags',
  'dialect',
  'operation',
  'status',
  'error_code',
  'error_message',
  'http_status',
  'unpriced',
  'usage_source',
  'service_tier',
  'cost_usd',
  'ttft_ms',
  'total_ms',
  'overhead_ms',
  'savings',
  ...USAGE_FIELDS.map(({ column }) => column),
];

const SMALL = ['provider', 'model', 'team', 'user_name', 'key', 'key_name'];
const FINE = [
  ...SMALL,
  'requested_model',
  'tags',
  'dialect',
  'operation',
  'status',
  'error_code',
  'unpriced',
];
const LATENCY_SMALL = ['provider', 'model', 'status'];
const LATENCY = [...LATENCY_SMALL, 'team'];
const FAILURE = ['error_code', 'http_status', ...SMALL, 'requested_model', 'dialect', 'operation', 'status'];
const FAILURE_OF_CALL = FAILURE.filter((name) => name !== 'key');
const SAVINGS = ['lever', ...SMALL, 'requested_model'];
const SAVINGS_OF_CALL = SAVINGS.filter((name) => name !== 'lever' && name !== 'key');

/** Sums that all spend rollups keep. */
const MEASURES: readonly { readonly column: string; readonly sum: string }[] = [
  { column: 'calls', sum: 'count(*)' },
  { column: 'errors', sum: `count(*) filter (where status = 'error')` },
  { column: 'aborted', sum: `count(*) filter (where status = 'aborted')` },
  { column: 'unpriced_calls', sum: 'count(*) filter (where unpriced)' },
  { column: 'estimated_calls', sum: `count(*) filter (where usage_source = 'estimated')` },
  ...USAGE_FIELDS.map(({ column }) => ({ column, sum: `sum(${column})` })),
  { column: 'cost_usd', sum: 'coalesce(sum(cost_usd), 0)' },
];
const MEASURE_COLUMNS = MEASURES.map(({ column }) => column);
const DURATIONS = ['ttft', 'total', 'overhead'];
const SAVED = ['calls', 'saved_usd'];
const LAST = ['last_at', 'last_id', 'last_message'];
const FAILURES_KEPT: readonly Kept[] = [
  ...added(['calls']),
  ...LAST.map((column) => ({
    column,
    both: `case when (excluded.last_at, excluded.last_id) > (kept.last_at, kept.last_id) then excluded.${column} else kept.${column} end`,
  })),
];

const HOUR = `date_trunc('hour', started_at, 'UTC')`;
const DAY = `(hour at time zone 'UTC')::date`;

/**
 * One statement that stores a batch and brings the rollups up to date. `given` is a JSON array of rows. A row that is
 * there already is left alone and counted nowhere, so the same batch can be sent again. Rows go in sorted by key, so that
 * gateways that write at the same time take their locks in the same order.
 */
const STATEMENT = `
with batch as (
  select * from json_to_recordset(given::json) as row(${FIELD_NAMES.map((field) => `"${field}" ${FIELDS[field].type}`).join(', ')})
), inserted as (
  insert into illm.calls (${FIELD_NAMES.map((field) => FIELDS[field].column).join(', ')})
  select ${FIELD_NAMES.map(valueOf).join(', ')} from batch order by "startedAt", id
  on conflict do nothing
  returning ${COUNTED.join(', ')}
), spent as materialized (
  select *, ${hash(FINE)} as dims from (
    select ${HOUR} as hour, coalesce(key_id, key_name) as key, ${FINE.filter((name) => name !== 'key').join(', ')},
      ${MEASURES.map(({ column, sum }) => `${sum} as ${column}`).join(', ')}, max(started_at) as last_at
    from inserted group by ${HOUR}, coalesce(key_id, key_name), ${FINE.filter((name) => name !== 'key').join(', ')}
  ) as sums
), hourly as (
  ${rollup('spend_hourly', ['hour', 'dims'], FINE, added(MEASURE_COLUMNS), 'spent')}
), daily_fine as (
  ${rollup('spend_daily_fine', ['day', 'dims'], FINE, added(MEASURE_COLUMNS), byDay('spent', 'dims', FINE, MEASURE_COLUMNS))}
), daily as (
  ${rollup(
    'spend_daily',
    ['day', 'dims'],
    SMALL,
    [...added(MEASURE_COLUMNS), { column: 'last_at', both: 'greatest(kept.last_at, excluded.last_at)' }],
    `(select *, ${hash(SMALL)} as dims from ${byDay('spent', null, SMALL, MEASURE_COLUMNS, 'max(last_at) as last_at')}) as sums`,
  )}
), timed as (
  select * from inserted where ${TELLS_LATENCY}
), measured as materialized (
  select *, ${hash(LATENCY)} as dims from (
    select ${HOUR} as hour, ${LATENCY.join(', ')}, illm.latency_bucket(ms) as bucket,
      sum(ttft) as ttft, sum(total) as total, sum(overhead) as overhead
    from (
      select started_at, ${LATENCY.join(', ')}, ttft_ms as ms, 1 as ttft, 0 as total, 0 as overhead from timed
        where ttft_ms is not null
      union all select started_at, ${LATENCY.join(', ')}, total_ms, 0, 1, 0 from timed
      union all select started_at, ${LATENCY.join(', ')}, overhead_ms, 0, 0, 1 from timed
    ) as durations
    group by ${HOUR}, ${LATENCY.join(', ')}, illm.latency_bucket(ms)
  ) as buckets
), latency_hourly as (
  ${rollup('latency_hourly', ['hour', 'dims', 'bucket'], LATENCY, added(DURATIONS), 'measured')}
), latency_daily_fine as (
  ${rollup('latency_daily_fine', ['day', 'dims', 'bucket'], LATENCY, added(DURATIONS), byDay('measured', 'dims, bucket', LATENCY, DURATIONS))}
), latency_daily as (
  ${rollup(
    'latency_daily',
    ['day', 'dims', 'bucket'],
    LATENCY_SMALL,
    added(DURATIONS),
    `(select *, ${hash(LATENCY_SMALL)} as dims from ${byDay('measured', 'bucket', LATENCY_SMALL, DURATIONS)}) as sums`,
  )}
), saved as (
  select *, ${hash(SAVINGS)} as dims from (
    select ${HOUR} as hour, lever, coalesce(key_id, key_name) as key, ${SAVINGS_OF_CALL.join(', ')},
      count(*) as calls, sum(usd) as saved_usd
    from inserted join lateral (
      select lever, usd::numeric from jsonb_each_text(savings) as one(lever, usd)
      union all select null, sum(usd::numeric) from jsonb_each_text(savings) as one(lever, usd)
    ) as saving on savings is not null
    group by ${HOUR}, lever, coalesce(key_id, key_name), ${SAVINGS_OF_CALL.join(', ')}
  ) as sums
), savings_hourly as (
  ${rollup('savings_hourly', ['hour', 'dims'], SAVINGS, added(SAVED), 'saved')}
), failed as materialized (
  select *, ${hash(FAILURE)} as dims from (
    select ${HOUR} as hour, coalesce(key_id, key_name) as key, ${FAILURE_OF_CALL.join(', ')}, count(*) as calls,
      ${lastOf('started_at', 'id', 'error_message')}
    from inserted where error_code is not null
    group by ${HOUR}, coalesce(key_id, key_name), ${FAILURE_OF_CALL.join(', ')}
  ) as sums
), failures_hourly as (
  ${rollup('failures_hourly', ['hour', 'dims'], FAILURE, FAILURES_KEPT, 'failed')}
), failures_daily as (
  ${rollup(
    'failures_daily',
    ['day', 'dims'],
    FAILURE,
    FAILURES_KEPT,
    byDay('failed', 'dims', FAILURE, ['calls'], lastOf('last_at', 'last_id', 'last_message')),
  )}
)
select count(*) into stored from inserted`;

/** A statement this long takes longer to plan than to run; as a function's it is planned once a connection. */
const BODY = `
#variable_conflict use_column
declare stored bigint;
begin
${STATEMENT};
return stored;
end`;

/** Named for what it does, so that gateways of different versions have functions of their own in one database. */
const NAME = `illm.insert_calls_${sha256(BODY).slice(0, 16)}`;

export const CREATE_INSERT = `create or replace function ${NAME}(given text) returns bigint language plpgsql as $body$${BODY}$body$`;

/** Stores `$1`, a batch, with the function above; answers with how many rows were new. */
export const INSERT_CALLS = `select ${NAME}($1) as inserted`;

function valueOf(field: (typeof FIELD_NAMES)[number]): string {
  const isCount = USAGE_FIELDS.some(({ kind }) => kind === field);
  return isCount ? `coalesce("${field}", 0)` : `"${field}"`;
}

interface Kept {
  readonly column: string;
  /** What is kept when there is a row already. */
  readonly both: string;
}

/** Of the newest failure. */
function lastOf(at: string, id: string, message: string): string {
  const newest = (column: string): string => `(array_agg(${column} order by ${at} desc, ${id} desc))[1]`;
  return `max(${at}) as last_at, ${newest(id)} as last_id, ${newest(message)} as last_message`;
}

function added(columns: readonly string[]): Kept[] {
  return columns.map((column) => ({ column, both: `kept.${column} + excluded.${column}` }));
}

function rollup(
  table: string,
  key: readonly string[],
  dims: readonly string[],
  kept: readonly Kept[],
  source: string,
): string {
  const columns = [...key, ...dims, ...kept.map(({ column }) => column)].join(', ');
  return `insert into illm.${table} as kept (${columns})
  select ${columns} from ${source} order by ${key.join(', ')}
  on conflict (${key.join(', ')}) do update set ${kept.map(({ column, both }) => `${column} = ${both}`).join(', ')}`;
}

/** The hours of a source summed up by day. */
function byDay(
  source: string,
  key: string | null,
  dims: readonly string[],
  measures: readonly string[],
  more?: string,
): string {
  const groups = [...(key === null ? [] : [key]), ...dims].join(', ');
  const sums = [
    ...measures.map((column) => `sum(${column}) as ${column}`),
    ...(more === undefined ? [] : [more]),
  ];
  return `(select ${DAY} as day, ${groups}, ${sums.join(', ')} from ${source} group by ${DAY}, ${groups}) as days`;
}

/** Of a row of the columns, whose text form tells null, empty and joined values apart. */
function hash(columns: readonly string[]): string {
  return `md5(row(${columns.join(', ')})::text)::uuid`;
}
