import { HALVED_AT, type PrefixCount, type PrefixHistoryStore } from '../../core/prefix-history.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';

const COLUMNS = `key, (extract(epoch from last_at) * 1000)::bigint as "lastAt", mean_gap_ms as "meanGapMs",
  reads_5m as "reads5m", reads_1h as "reads1h", writes_5m as "writes5m", writes_1h as "writes1h"`;

const ADD = `
insert into illm.prefix_history as kept (key, last_at, mean_gap_ms, reads_5m, reads_1h, writes_5m, writes_1h)
select key, "lastAt", "meanGapMs", "reads5m", "reads1h", "writes5m", "writes1h"
from json_to_recordset($1::text::json) as given (key text, "lastAt" timestamptz, "meanGapMs" double precision,
  "reads5m" double precision, "reads1h" double precision, "writes5m" double precision, "writes1h" double precision)
order by key
on conflict (key) do update set
  last_at = greatest(kept.last_at, excluded.last_at),
  mean_gap_ms = coalesce(excluded.mean_gap_ms, kept.mean_gap_ms),
  reads_5m = (kept.reads_5m + excluded.reads_5m) * ${weight()},
  reads_1h = (kept.reads_1h + excluded.reads_1h) * ${weight()},
  writes_5m = (kept.writes_5m + excluded.writes_5m) * ${weight()},
  writes_1h = (kept.writes_1h + excluded.writes_1h) * ${weight()}
returning ${COLUMNS}`;

/** What did not come again for so long is forgotten. */
const KEPT_MS = 7 * 24 * 3_600_000;

export function createPrefixHistory(sql: Sql): PrefixHistoryStore {
  return {
    async add(deltas) {
      if (deltas.length === 0) return [];
      const rows = deltas.map((delta) => ({ ...delta, lastAt: iso(delta.lastAt) }));
      return await reached(sql.query<PrefixCount>(ADD, [JSON.stringify(rows)]));
    },
    async newest(since, most) {
      return await reached(
        sql.query<PrefixCount>(
          `select ${COLUMNS} from illm.prefix_history where last_at > $1 order by last_at desc limit ${most}`,
          [iso(since)],
        ),
      );
    },
  };
}

export async function deleteOldBeginnings(sql: Sql, now: number): Promise<void> {
  await sql.query('delete from illm.prefix_history where last_at < $1', [iso(now - KEPT_MS)]);
}

function weight(): string {
  return `case when kept.reads_1h + excluded.reads_1h + kept.writes_1h + excluded.writes_1h >= ${HALVED_AT}
    then 0.5 else 1 end`;
}
