import type { Sql } from '../sql/sql.ts';

const DAY_MS = 86_400_000;
/** Any number that no other program's lock uses by accident. */
const LOCK = 'select pg_advisory_xact_lock(720115114)';

/** The day partitions of `illm.calls`. Days are UTC dates, `YYYY-MM-DD`. */
export interface Partitions {
  /** Makes those of the days that are missing. */
  ensure(days: Iterable<string>): Promise<void>;
  /** Forgets which ones exist, after the database said that one does not. */
  forget(): void;
  /** Drops all days before this one; answers with the days dropped. */
  dropBefore(day: string): Promise<string[]>;
}

export function partitionsOf(sql: Sql): Partitions {
  const known = new Set<string>();

  return {
    async ensure(days) {
      const missing = [...new Set(days)].filter((day) => !known.has(day) && isDay(day)).sort();
      if (missing.length === 0) return;
      await sql.transaction([{ text: LOCK }, ...missing.map((day) => ({ text: createStatement(day) }))]);
      for (const day of missing) known.add(day);
    },
    forget: () => known.clear(),
    async dropBefore(day) {
      const rows = await sql.query<{ name: string }>(
        `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'illm.calls'::regclass`,
      );
      const old = rows.map(({ name }) => dayOfName(name)).filter((each) => each !== null && each < day);
      const dropped: string[] = [];
      for (const each of old) {
        if (each === null) continue;
        // A long-running reader must not make every later caller queue behind this.
        await sql.transaction([
          { text: `set local lock_timeout = '3s'` },
          { text: `drop table ${nameOf(each)}` },
        ]);
        known.delete(each);
        dropped.push(each);
      }
      return dropped.sort();
    },
  };
}

/** The UTC date of a time, `days` later. */
export function dayOf(epochMs: number, days = 0): string {
  return new Date(epochMs + days * DAY_MS).toISOString().slice(0, 10);
}

/** Other texts are left to the insert, which then blames the row they came from. */
function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function createStatement(day: string): string {
  const next = dayOf(Date.parse(day), 1);
  return `create table if not exists ${nameOf(day)} partition of illm.calls
    for values from ('${day} 00:00:00+00') to ('${next} 00:00:00+00')`;
}

function nameOf(day: string): string {
  return `illm.calls_${day.replaceAll('-', '')}`;
}

function dayOfName(name: string): string | null {
  const match = /calls_(\d{4})(\d{2})(\d{2})$/.exec(name);
  return match ? match.slice(1).join('-') : null;
}
