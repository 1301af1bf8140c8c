import { SqlError } from '../sql/sql-error.ts';
import type { Sql } from '../sql/sql.ts';
import { CREATE_INSERT, INSERT_CALLS } from './insert-sql.ts';
import type { Partitions } from './partitions.ts';

/** No partition of the table takes the row: PostgreSQL says so with the code of a failed check. */
const NO_PARTITION = '23514';
const NO_FUNCTION = '42883';
const TRIES = 5;
/** Two that create a function at once disturb each other. Any number that no other program's lock uses by accident. */
const LOCK = 'select pg_advisory_xact_lock(720115115)';

/**
 * Stores a batch of row lines, whole or not at all; rows that are there already stay as they are.
 * Answers with how many were new.
 * @throws SqlError
 */
export async function insertCalls(
  sql: Sql,
  partitions: Partitions,
  lines: readonly string[],
): Promise<number> {
  const batch = `[${lines.join(',')}]`;
  const days = daysOf(lines);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await partitions.ensure(days);
      const [row] = await sql.query<{ inserted: number }>(INSERT_CALLS, [batch]);
      return row?.inserted ?? 0;
    } catch (error) {
      if (!(error instanceof SqlError) || attempt === TRIES) throw error;
      if (error.code === NO_PARTITION) partitions.forget();
      else if (error.code === NO_FUNCTION) await sql.transaction([{ text: LOCK }, { text: CREATE_INSERT }]);
      else if (!error.isConflict) throw error;
    }
  }
}

/** Looks for the field in the text, since parsing every line a second time would cost more than inserting it. */
function daysOf(lines: readonly string[]): Set<string> {
  const days = new Set<string>();
  for (const line of lines) {
    const day = STARTED_AT.exec(line)?.[1];
    if (day) days.add(day);
  }
  return days;
}

const STARTED_AT = /"startedAt":"(\d{4}-\d{2}-\d{2})/;
