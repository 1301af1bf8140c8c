import { messageOf } from '../core/message-of.ts';
import type { Clock, Log } from '../core/ports.ts';
import { deleteExpired } from './learned/learned.ts';
import { deleteOldBeginnings } from './learned/prefix-history.ts';
import { vectorTables } from './documents/vector-table.ts';
import { dayOf, type Partitions } from './ledger/partitions.ts';
import type { Sql } from './sql/sql.ts';

export interface HousekeepingOptions {
  readonly sql: Sql;
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly log: Log;
  /** Days that call rows are kept; null for ever. */
  readonly retentionDays: number | null;
}

/** Work that keeps the store small and fast. One process of an installation does it. */
export interface Housekeeping {
  /** Makes the partitions of the days to come and drops those that are too old. */
  daily(): Promise<void>;
  /** On the embedded store: bounds its log and refreshes what the planner knows, if enough was written. */
  tidy(): Promise<void>;
  stop(): void;
}

const DAYS_AHEAD = 2;
const HOUR_MS = 3_600_000;
const TIDY_MS = 15_000;
/** Without checkpoints the embedded store's log grows without end. */
const CHECKPOINT_BYTES = 128 * 1024 * 1024;
const VACUUM_BYTES = 4 * CHECKPOINT_BYTES;
const VACUUM_MS = 600_000;
/** A sample of 6,000 rows; PostgreSQL's own 100 takes one of 30,000, which is a second in the embedded store. */
const STATISTICS_TARGET = 20;
/** Tables whose rows are changed or deleted. */
const UPDATED = [
  'spend_daily',
  'spend_daily_fine',
  'spend_hourly',
  'latency_daily',
  'latency_daily_fine',
  'latency_hourly',
  'failures_daily',
  'failures_hourly',
  'gpu_time',
  'savings_hourly',
  'examples',
  'batches',
  'batch_items',
  'file_pieces',
  'learned',
  'prefix_history',
  'documents',
];

/**
 * Refreshes what the planner knows of tables of which a fifth has changed. All days of calls at once would hold up a store
 * of a million calls for half a minute; `only` is PostgreSQL 18's, which the embedded store is.
 */
async function analyzeChanged(sql: Sql): Promise<void> {
  const changed = await sql.query<{ name: string }>(
    `select format('%I.%I', schemaname, relname) as name from pg_stat_all_tables
     where schemaname = 'illm' and n_mod_since_analyze > 500 + n_live_tup / 5`,
  );
  const days = changed.some(({ name }) => name.startsWith('illm.calls_'));
  for (const table of [...changed.map(({ name }) => name), ...(days ? ['only illm.calls'] : [])])
    await sql.transaction([
      { text: `set local default_statistics_target = ${STATISTICS_TARGET}` },
      { text: `analyze ${table}` },
    ]);
}

export function startHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { sql, partitions, clock, log, retentionDays } = options;
  let checkpointAt = 0;
  let vacuumAt = 0;
  let vacuumTime = clock.now();

  async function daily(): Promise<void> {
    const now = clock.now();
    await partitions.ensure(Array.from({ length: DAYS_AHEAD + 1 }, (_, days) => dayOf(now, days)));
    await deleteExpired(sql, now);
    await deleteOldBeginnings(sql, now);
    if (retentionDays === null) return;
    const first = dayOf(now, -retentionDays);
    const dropped = await partitions.dropBefore(first);
    await sql.query(`delete from illm.examples where started_at < $1::timestamptz`, [`${first}T00:00:00Z`]);
    if (dropped.length > 0) log.info('Dropped the calls of old days', { days: dropped });
  }

  async function tidy(): Promise<void> {
    if (sql.kind !== 'embedded') return;
    const [row] = await sql.query<{ bytes: number }>(
      `select (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint as bytes`,
    );
    const written = row?.bytes ?? 0;
    if (written - checkpointAt >= CHECKPOINT_BYTES) {
      checkpointAt = written;
      await sql.exec('checkpoint');
    }
    const grown = written - vacuumAt;
    if (grown >= VACUUM_BYTES || (grown > 0 && clock.now() - vacuumTime >= VACUUM_MS)) {
      vacuumAt = written;
      vacuumTime = clock.now();
      // One by one: each holds up the statements that wait behind it.
      for (const table of UPDATED) await sql.exec(`vacuum illm.${table}`);
      for (const table of await vectorTables(sql)) await sql.exec(`vacuum ${table}`);
      await analyzeChanged(sql);
    }
  }

  function regularly(ms: number, work: () => Promise<void>): NodeJS.Timeout {
    let working = false;
    return setInterval(() => {
      if (working) return;
      working = true;
      work()
        .catch((error: unknown) =>
          log.warn('Housekeeping of the store failed; it is tried again later', {
            error: messageOf(error),
          }),
        )
        .finally(() => {
          working = false;
        });
    }, ms).unref();
  }

  const timers = [regularly(HOUR_MS, daily), regularly(TIDY_MS, tidy)];

  return {
    daily,
    tidy,
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
