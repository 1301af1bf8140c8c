import { CallError } from '../../core/errors.ts';
import type { CallRecord } from '../../core/record.ts';
import { FIELD_NAMES, type FlatCall, selectList } from '../ledger/fields.ts';
import { recordOf } from '../ledger/row.ts';
import type { Sql } from '../sql/sql.ts';
import { type CallFilter, conditionSql, conditionsOf, timeOf } from './filter.ts';
import { createParams } from './params.ts';
import { SUMMARY_LIST, summaryOf } from './summary.ts';
import { iso } from './time.ts';

export interface CallPage {
  /** Newest first, without details: decisions and cost parts are empty, bodies null. */
  readonly calls: CallRecord[];
  /**
   * Where the next page begins; null after the last. A page can be short of its limit and still have a next one, when
   * the filter matches few calls and the search was cut off.
   */
  readonly nextCursor: string | null;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor: string | null;
}

const RECORD_LIST = selectList(FIELD_NAMES);

/** The end of the year 9999: later times are written in a way that PostgreSQL does not read. */
const LAST_TIME = Date.UTC(9999, 11, 30);
/** Rows searched by one statement; a filter that matches nothing must not hold up the store. */
const WINDOW_ROWS = 50_000;
const MOST_WINDOWS = 20;

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
  const from = filter.from === null ? null : timeOf(filter.from, 'from');
  const to = filter.to === null ? null : timeOf(filter.to, 'to');
  const found: CallRecord[] = [];
  let place = cursor === null ? null : parseCursor(cursor);
  for (let windows = 0; windows < MOST_WINDOWS; windows += 1) {
    const end: Place | null = conditions.length === 0 ? null : await skip(sql, place, from, to);
    const params = createParams();
    const where = [
      ...between(place, end, from, to, params),
      ...conditionSql(conditions, 'raw', 'spend', params),
    ];
    const rows = await sql.query<FlatCall>(
      `select ${SUMMARY_LIST} from illm.calls ${whereClause(where)}
       order by started_at desc, id desc limit ${params.add(limit + 1 - found.length)}`,
      params.values,
    );
    found.push(...rows.map(summaryOf));
    if (found.length > limit) {
      const calls = found.slice(0, limit);
      return { calls, nextCursor: cursorOf(calls.at(-1)) };
    }
    if (end === null) return { calls: found, nextCursor: null };
    place = end;
  }
  return { calls: found, nextCursor: place && cursorOf(place) };
}

/** The whole record; null when there is none. */
export async function getCall(sql: Sql, id: string): Promise<CallRecord | null> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return null;
  // The id tells its time, and so the partition; only for an id made elsewhere all are searched.
  const madeAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  const day = 86_400_000;
  const select = `select ${RECORD_LIST} from illm.calls where id = $1`;
  const [near] =
    madeAt > LAST_TIME
      ? []
      : await sql.query<FlatCall>(`${select} and started_at between $2 and $3`, [
          id,
          iso(madeAt - day),
          iso(madeAt + day),
        ]);
  const [row] = near ? [near] : await sql.query<FlatCall>(select, [id]);
  return row ? recordOf(row) : null;
}

/** The place so many rows further on; null when the list ends before. */
async function skip(
  sql: Sql,
  place: Place | null,
  from: number | null,
  to: number | null,
): Promise<Place | null> {
  const params = createParams();
  const where = between(place, null, from, to, params);
  const [row] = await sql.query<Place>(
    `select started_at as "startedAt", id from illm.calls ${whereClause(where)}
     order by started_at desc, id desc offset ${WINDOW_ROWS} limit 1`,
    params.values,
  );
  return row ?? null;
}

/** After `place`, up to and with `end`, within the times. The plain comparisons tell which partitions matter. */
function between(
  place: Place | null,
  end: Place | null,
  from: number | null,
  to: number | null,
  params: ReturnType<typeof createParams>,
): string[] {
  const parts: string[] = [];
  if (from !== null) parts.push(`started_at >= ${params.add(iso(from))}`);
  if (to !== null) parts.push(`started_at < ${params.add(iso(to))}`);
  if (place !== null) {
    const [time, id] = [params.add(place.startedAt), params.add(place.id)];
    parts.push(`started_at <= ${time} and (started_at, id) < (${time}, ${id})`);
  }
  if (end !== null) {
    const [time, id] = [params.add(end.startedAt), params.add(end.id)];
    parts.push(`started_at >= ${time} and (started_at, id) >= (${time}, ${id})`);
  }
  return parts;
}

function whereClause(parts: readonly string[]): string {
  return parts.length > 0 ? `where ${parts.join(' and ')}` : '';
}

function cursorOf(place: Place | undefined): string | null {
  return place ? Buffer.from(`${place.startedAt} ${place.id}`).toString('base64url') : null;
}

function parseCursor(cursor: string): Place {
  const [startedAt = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (Number.isNaN(Date.parse(startedAt)) || !/^[0-9a-f-]{36}$/.test(id))
    throw new CallError('invalid_request', 'The cursor is not one that this API gave out.', {
      param: 'cursor',
    });
  return { startedAt, id };
}
