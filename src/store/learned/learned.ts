import {
  CLEARED,
  DROPPED,
  type LearnedEvent,
  type LearnedStore,
  type StoredEvent,
} from '../../core/learned.ts';
import { createParams } from '../queries/params.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql, Statement } from '../sql/sql.ts';

/** One writer at a time: else a row could become visible after others with a higher number were read. */
const LOCK: Statement = { text: 'select pg_advisory_xact_lock(720115117)' };

const COLUMNS = `seq, id, type, (extract(epoch from at) * 1000)::bigint as at, entry, scope,
  (extract(epoch from expires_at) * 1000)::bigint as "expiresAt", bytes, data`;

/** What was made before the last clearing was still under way when it came. */
const INSERT = `
insert into illm.learned (id, topic, type, at, entry, scope, expires_at, bytes, data)
select id, $1, type, at, entry, scope, "expiresAt", bytes, data
from json_to_recordset($2::text::json) as given (id uuid, type text, at timestamptz, entry uuid, scope text,
  "expiresAt" timestamptz, bytes integer, data text, position integer)
where "expiresAt" is null or not exists (
  select from illm.learned as kept
  where kept.topic = $1 and kept.type = '${CLEARED}' and kept.at >= given.at)
order by position
on conflict (id) do nothing`;

const DROP = `delete from illm.learned where topic = $1 and expires_at is not null
  and entry in (select value::uuid from json_array_elements_text($2::text::json))`;

/** Tombstones are read by others within seconds. */
const TOMBSTONE_MS = 3_600_000;

const OVERFLOWING = `delete from illm.learned where topic = $1 and expires_at is not null and entry in (
  select entry from (
    select entry, count(*) over newest as events, sum(bytes) over newest as held
    from illm.learned where topic = $1 and expires_at is not null
    window newest as (order by seq desc)) as counted
  where events > $2 or held > $3)`;

const OUTLIVED = `delete from illm.learned where seq in (
  select seq from (
    select seq, row_number() over (partition by scope order by seq desc) as of_scope,
      row_number() over (order by seq desc) as of_all
    from illm.learned where topic = $1 and expires_at is null) as counted
  where of_scope > $2 or of_all > $3)`;

export function createLearned(sql: Sql): LearnedStore {
  return {
    async append(topic, events) {
      if (events.length === 0) return;
      const dropped = events.flatMap(({ type, entry }) =>
        type === DROPPED && entry !== null ? [entry] : [],
      );
      const statements = [LOCK, { text: INSERT, params: [topic, rowsOf(events)] }];
      if (dropped.length > 0) statements.push({ text: DROP, params: [topic, JSON.stringify(dropped)] });
      await reached(sql.transaction(statements));
    },
    async read(topic, { types, entries, after, before, liveAt, newestFirst, limit }) {
      const params = createParams();
      const among = (column: string, type: string, values: readonly string[]): string =>
        `${column} in (select value::${type} from json_array_elements_text(${params.add(JSON.stringify(values))}::text::json))`;
      const conditions = [
        `topic = ${params.add(topic)}`,
        ...(types ? [among('type', 'text', types)] : []),
        ...(entries ? [among('entry', 'uuid', entries)] : []),
        ...(after === undefined ? [] : [`seq > ${params.add(after)}::bigint`]),
        ...(before === undefined ? [] : [`seq < ${params.add(before)}::bigint`]),
        ...(liveAt === undefined ? [] : [`(expires_at is null or expires_at > ${params.add(iso(liveAt))})`]),
      ];
      const order = newestFirst === true ? 'desc' : 'asc';
      return await reached(
        sql.query<StoredEvent>(
          `select ${COLUMNS} from illm.learned where ${conditions.join(' and ')} order by seq ${order} limit ${limit}`,
          params.values,
        ),
      );
    },
    async head(topic) {
      const [row] = await reached(
        sql.query<{ head: number | null }>('select max(seq) as head from illm.learned where topic = $1', [
          topic,
        ]),
      );
      return row?.head ?? 0;
    },
    async clear(topic, event, everything) {
      const which = everything ? '' : 'and expires_at is not null';
      const [, counted] = await reached(
        sql.transaction([
          LOCK,
          {
            text: 'select count(distinct entry) as entries from illm.learned where topic = $1 and expires_at is not null',
            params: [topic],
          },
          { text: `delete from illm.learned where topic = $1 ${which}`, params: [topic] },
          { text: INSERT, params: [topic, rowsOf([event])] },
        ]),
      );
      const [row] = counted as { entries: number }[];
      return row?.entries ?? 0;
    },
    async sweep(topic, { now, maxEvents, maxBytes, maxOfScope, maxOthers }) {
      await deleteExpired(sql, now);
      await sql.query(`delete from illm.learned where topic = $1 and type in ($2, $3) and at < $4`, [
        topic,
        DROPPED,
        CLEARED,
        iso(now - TOMBSTONE_MS),
      ]);
      await sql.query(OVERFLOWING, [topic, maxEvents, maxBytes]);
      await sql.query(OUTLIVED, [topic, maxOfScope, maxOthers]);
    },
  };
}

/** Deletes users' text whose time is up, whichever lever it was kept for, and whether or not that is still switched on. */
export async function deleteExpired(sql: Sql, now: number): Promise<void> {
  await sql.query('delete from illm.learned where expires_at <= $1', [iso(now)]);
}

function rowsOf(events: readonly LearnedEvent[]): string {
  return JSON.stringify(
    events.map(({ at, expiresAt, ...event }, position) => ({
      ...event,
      at: iso(at),
      expiresAt: expiresAt === null ? null : iso(expiresAt),
      position,
    })),
  );
}
