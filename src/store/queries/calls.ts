import { isUuid } from '../../core/ids.ts';
import { CallError } from '../../core/errors.ts';
import type { CallRecord } from '../../core/record.ts';
import { FIELD_NAMES, type FlatCall, selectList } from '../ledger/fields.ts';
import { recordOf } from '../ledger/row.ts';
import type { Sql } from '../sql/sql.ts';
import { type CallFilter, type Condition, conditionSql, conditionsOf, timeOf } from './filter.ts';
import { createParams, type Params } from './params.ts';
import { type ListedCall, SUMMARY_LIST, summaryOf } from './summary.ts';
import { columnOf, type Subject, TABLES } from './dimension.ts';
import { floorHour, iso } from './time.ts';

export interface CallPage {
  /** Newest first, without details: decisions and cost parts are empty, bodies null. */
  readonly calls: ListedCall[];
  /** Where the next page begins; null after the last. */
  readonly nextCursor: string | null;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor: string | null;
}

/** The part of the list that is wanted: after a place, within times. */
interface Window {
  readonly after: Place | null;
  readonly from: number | null;
  readonly to: number | null;
}

/** A place in the list: everything that comes after it is older. */
interface Place {
  readonly startedAt: string;
  readonly id: string;
}

export async function listCalls(
  sql: Sql,
  filter: CallFilter,
  { limit, cursor }: PageQuery,
): Promise<CallPage> {
  const conditions = conditionsOf(filter);
  const window: Window = {
    after: cursor === null ? null : parseCursor(cursor),
    from: filter.from === null ? null : timeOf(filter.from, 'from'),
    to: filter.to === null ? null : timeOf(filter.to, 'to'),
  };
  const params = createParams();
  const guide = guideFor(conditions);
  const text = guide
    ? guidedSql(window, conditions, guide, limit + 1, params)
    : plainSql(window, conditions, limit + 1, params);
  const found = (await sql.query<FlatCall>(text, params.values)).map(summaryOf);
  const calls = found.slice(0, limit);
  const last = calls.at(-1);
  return { calls, nextCursor: found.length > limit && last ? cursorOf(last) : null };
}

/** Whose hourly rollup counts the calls that fulfil the conditions; null where an index finds them. */
function guideFor(conditions: readonly Condition[]): Subject | null {
  const names = conditions.map(({ dimension }) => dimension);
  if (names.length === 0 || names.includes('session')) return null;
  if (!names.includes('lever')) return 'spend';
  return names.every((name) => columnOf(name, 'hourly', 'saved-by-lever') !== null) ? 'saved-by-lever' : null;
}

const NEWEST_FIRST = 'order by started_at desc, id desc';

function plainSql(window: Window, conditions: readonly Condition[], rows: number, params: Params): string {
  const where = [...windowSql(window, params), ...conditionSql(conditions, 'raw', 'spend', params)];
  return `select ${SUMMARY_LIST} from illm.calls ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
    ${NEWEST_FIRST} limit ${params.add(rows)}`;
}

/**
 * A filter that few calls fulfil must not read all the others. An hourly rollup knows in which hours such calls are and
 * how many, so only those hours are read, and no more of them than the page needs.
 */
function guidedSql(
  window: Window,
  conditions: readonly Condition[],
  guide: Subject,
  rows: number,
  params: Params,
): string {
  const { after, from, to } = window;
  const wanted = params.add(rows);
  const hours = conditionSql(conditions, 'hourly', guide, params);
  const before = after === null ? to : Math.min(Date.parse(after.startedAt), to ?? Number.POSITIVE_INFINITY);
  // Of the hour in which the page begins some calls may have been shown: it counts as empty.
  const broken = before === null ? 'null::timestamptz' : `${params.add(iso(floorHour(before)))}::timestamptz`;
  if (before !== null) hours.push(`hour <= ${broken}`);
  if (from !== null) hours.push(`hour >= ${params.add(iso(floorHour(from)))}`);
  const where = [...windowSql(window, params), ...conditionSql(conditions, 'raw', 'spend', params)];
  return `with busy as (
      select hour, sum(calls) filter (where hour is distinct from ${broken}) as calls from illm.${TABLES[guide].hourly}
      where ${[...hours, `hour >= (select date_trunc('hour', min(started_at), 'UTC') from illm.calls)`].join(' and ')}
      group by hour
    ), needed as (
      select hour from (
        select hour, coalesce(sum(calls) over (order by hour desc rows between unbounded preceding and 1 preceding), 0) as newer
        from busy
      ) as counted where newer < ${wanted} order by hour desc
    )
    select found.* from needed cross join lateral (
      select ${SUMMARY_LIST} from illm.calls
      where started_at >= needed.hour and started_at < needed.hour + interval '1 hour' and ${where.join(' and ')}
      ${NEWEST_FIRST} limit ${wanted}
    ) as found order by "startedAt" desc, id desc limit ${wanted}`;
}

function windowSql({ after, from, to }: Window, params: Params): string[] {
  const parts: string[] = [];
  if (from !== null) parts.push(`started_at >= ${params.add(iso(from))}`);
  if (to !== null) parts.push(`started_at < ${params.add(iso(to))}`);
  if (after !== null) {
    const [time, id] = [params.add(after.startedAt), params.add(after.id)];
    // The plain comparison tells the database which partitions matter.
    parts.push(`started_at <= ${time} and (started_at, id) < (${time}, ${id})`);
  }
  return parts;
}

const RECORD_LIST = selectList(FIELD_NAMES);
const DAY_MS = 86_400_000;
/** Nearly the end of the year 9999: later times are written in a way that PostgreSQL does not read. */
const LAST_TIME = Date.UTC(9999, 11, 30);

/** The whole record; null when there is none. */
export async function getCall(sql: Sql, id: string): Promise<CallRecord | null> {
  if (!isUuid(id)) return null;
  const select = `select ${RECORD_LIST} from illm.calls where id = $1`;
  // The id tells its time, and so the partition; only for an id made elsewhere all are searched.
  const madeAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  if (madeAt < LAST_TIME) {
    const times = [iso(madeAt - DAY_MS), iso(madeAt + DAY_MS)];
    const [row] = await sql.query<FlatCall>(`${select} and started_at between $2 and $3`, [id, ...times]);
    if (row) return recordOf(row);
  }
  const [row] = await sql.query<FlatCall>(select, [id]);
  return row ? recordOf(row) : null;
}

function cursorOf({ startedAt, id }: Place): string {
  return Buffer.from(`${startedAt} ${id}`).toString('base64url');
}

function parseCursor(cursor: string): Place {
  const [startedAt = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (Number.isNaN(Date.parse(startedAt)) || !isUuid(id))
    throw new CallError('invalid_request', 'The cursor is not one that this API gave out.', {
      param: 'cursor',
    });
  return { startedAt, id };
}
