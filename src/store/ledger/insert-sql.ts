import { FIELD_NAMES, FIELDS, USAGE_FIELDS } from './fields.ts';

/** Sums that both spend rollups keep, over the rows that were really inserted. */
const MEASURES: readonly { readonly column: string; readonly sum: string }[] = [
  { column: 'calls', sum: 'count(*)' },
  { column: 'errors', sum: `count(*) filter (where status = 'error')` },
  { column: 'aborted', sum: `count(*) filter (where status = 'aborted')` },
  { column: 'unpriced_calls', sum: 'count(*) filter (where unpriced)' },
  { column: 'estimated_calls', sum: `count(*) filter (where usage_source = 'estimated')` },
  ...USAGE_FIELDS.map(({ column }) => ({ column, sum: `sum(${column})` })),
  { column: 'cost_usd', sum: 'coalesce(sum(cost_usd), 0)' },
];

/** The columns that the rollups are made of. */
const COUNTED = [
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
  'unpriced',
  'usage_source',
  'cost_usd',
  'ttft_ms',
  'total_ms',
  'overhead_ms',
  ...USAGE_FIELDS.map(({ column }) => column),
];

const DAY = `(started_at at time zone 'UTC')::date`;
const HOUR = `date_trunc('hour', started_at, 'UTC')`;

/**
 * One statement that stores a batch and brings the rollups up to date. `$1` is a JSON array of rows. A row that is
 * there already is left alone and counted nowhere, so the same batch can be sent again. Rows go in sorted by key, so that
 * gateways that write at the same time take their locks in the same order.
 */
export const INSERT_CALLS = `
with batch as (
  select * from json_to_recordset($1::text::json) as row(${FIELD_NAMES.map((field) => `"${field}" ${FIELDS[field].type}`).join(', ')})
), inserted as (
  insert into illm.calls (${FIELD_NAMES.map((field) => FIELDS[field].column).join(', ')})
  select ${FIELD_NAMES.map(valueOf).join(', ')} from batch order by "startedAt", id
  on conflict do nothing
  returning ${COUNTED.join(', ')}
), daily as (
  ${spendRollup('spend_daily', 'day', DAY, [
    ['provider', 'provider'],
    ['model', 'model'],
    ['team', 'team'],
    ['user_name', 'user_name'],
  ])}
), hourly as (
  ${spendRollup('spend_hourly', 'hour', HOUR, [
    ['provider', 'provider'],
    ['model', 'model'],
    ['requested_model', 'requested_model'],
    ['team', 'team'],
    ['user_name', 'user_name'],
    ['key', 'coalesce(key_id, key_name)'],
    ['key_name', 'key_name'],
    ['tags', 'tags'],
    ['dialect', 'dialect'],
    ['operation', 'operation'],
    ['status', 'status'],
    ['error_code', 'error_code'],
    ['unpriced', 'unpriced'],
  ])}
), latency as (
  insert into illm.latency_hourly as kept (hour, dims, bucket, provider, model, status, ttft, total, overhead)
  select hour, ${hash(['provider', 'model', 'status'])} as dims, bucket, provider, model, status,
    sum(ttft), sum(total), sum(overhead)
  from (
    select ${HOUR} as hour, provider, model, status, illm.latency_bucket(ms) as bucket, ttft, total, overhead
    from inserted cross join lateral (values (ttft_ms, 1, 0, 0), (total_ms, 0, 1, 0), (overhead_ms, 0, 0, 1))
      as duration(ms, ttft, total, overhead)
    where ms is not null
  ) as durations
  group by hour, bucket, provider, model, status
  order by hour, dims, bucket
  on conflict (hour, dims, bucket) do update set
    ttft = kept.ttft + excluded.ttft, total = kept.total + excluded.total, overhead = kept.overhead + excluded.overhead
), keys as (
  insert into illm.key_daily as kept (day, key_id, calls, cost_usd, last_used_at)
  select ${DAY} as day, key_id, count(*), coalesce(sum(cost_usd), 0), max(started_at)
  from inserted where key_id is not null
  group by ${DAY}, key_id
  order by 1, 2
  on conflict (day, key_id) do update set
    calls = kept.calls + excluded.calls, cost_usd = kept.cost_usd + excluded.cost_usd,
    last_used_at = greatest(kept.last_used_at, excluded.last_used_at)
)
select count(*) as inserted from inserted`;

function valueOf(field: (typeof FIELD_NAMES)[number]): string {
  const isCount = USAGE_FIELDS.some(({ kind }) => kind === field);
  return isCount ? `coalesce("${field}", 0)` : `"${field}"`;
}

function spendRollup(
  table: string,
  time: string,
  timeOf: string,
  dims: readonly (readonly [column: string, value: string])[],
): string {
  const columns = dims.map(([column]) => column);
  const measures = MEASURES.map(({ column }) => column);
  return `insert into illm.${table} as kept (${[time, 'dims', ...columns, ...measures].join(', ')})
  select ${time}, ${hash(columns)} as dims, ${[...columns, ...measures].join(', ')}
  from (
    select ${timeOf} as ${time}, ${dims.map(([column, value]) => `${value} as ${column}`).join(', ')},
      ${MEASURES.map(({ column, sum }) => `${sum} as ${column}`).join(', ')}
    from inserted
    group by ${dims.map((_, index) => index + 1).join(', ')}, ${dims.length + 1}
  ) as sums
  order by ${time}, dims
  on conflict (${time}, dims) do update set
    ${measures.map((column) => `${column} = kept.${column} + excluded.${column}`).join(', ')}`;
}

/** Of a row of the columns, whose text form tells null, empty and joined values apart. */
function hash(columns: readonly string[]): string {
  return `md5(row(${columns.join(', ')})::text)::uuid`;
}
