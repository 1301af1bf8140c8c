import { CallError } from '../../core/errors.ts';
import type { FlatCall } from '../ledger/fields.ts';
import type { Sql } from '../sql/sql.ts';
import { type ListedCall, SUMMARY_LIST, summaryOf } from './summary.ts';
import { iso } from './time.ts';

export interface TailPage {
  /** Where to go on: what is stored after it has not been told yet. */
  readonly mark: string;
  /** Oldest first, without details: decisions and cost parts are empty, bodies null. */
  readonly calls: ListedCall[];
}

/** Calls that an old journal brings are no news. */
const NEWS_MS = 2 * 86_400_000;

/**
 * Calls that came into the store after a mark, whichever gateway they went through; each exactly once, however the
 * gateways' transactions overlap. Null marks the present, and brings no calls.
 *
 * A mark is a snapshot of PostgreSQL: it tells of each transaction whether it was visible then. What is told is the
 * difference to the snapshot of now. A page that does not hold it all has both snapshots and its last call as its mark.
 */
export async function tail(sql: Sql, mark: string | null, limit: number, now: number): Promise<TailPage> {
  if (mark === null) {
    const [row] = await sql.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
    return { mark: row?.snapshot ?? '', calls: [] };
  }
  const { before, after, place } = parseMark(mark);
  const rows = await sql.query<FlatCall & { until: string }>(
    `with present as (select coalesce($2::text::pg_snapshot, pg_current_snapshot()) as snapshot)
     select news.*, snapshot::text as until from present left join (
       select ${SUMMARY_LIST} from illm.calls cross join present
       where tx >= pg_snapshot_xmin($1::text::pg_snapshot) and started_at >= $3
         and not pg_visible_in_snapshot(tx, $1::text::pg_snapshot) and pg_visible_in_snapshot(tx, snapshot)
         and ($4::timestamptz is null or (started_at, id) > ($4::timestamptz, $5::uuid))
       order by started_at, id limit $6
     ) as news on true`,
    [before, after, iso(now - NEWS_MS), place?.startedAt ?? null, place?.id ?? null, limit],
  );
  const until = rows[0]?.until ?? before;
  const calls = rows.filter(({ id }) => id !== null).map(summaryOf);
  const last = calls.length < limit ? undefined : calls.at(-1);
  return { mark: last ? [before, until, last.startedAt, last.id].join(' ') : until, calls };
}

interface Mark {
  readonly before: string;
  readonly after: string | null;
  readonly place: { readonly startedAt: string; readonly id: string } | null;
}

function parseMark(mark: string): Mark {
  const [before = '', after, startedAt, id] = mark.split(' ');
  if (!/^\d+:\d+:[\d,]*$/.test(before))
    throw new CallError('invalid_request', 'The mark is not one that the ledger gave out.', {
      param: 'mark',
    });
  return {
    before,
    after: after ?? null,
    place: startedAt !== undefined && id !== undefined ? { startedAt, id } : null,
  };
}
