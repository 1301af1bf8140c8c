import { messageOf } from '../core/message-of.ts';
import type { Clock, Log } from '../core/ports.ts';
import { migrate, SchemaError } from './migrate.ts';
import type { GatedSql } from './sql/gated.ts';
import type { Sql } from './sql/sql.ts';

export interface ConnectOptions {
  /** The database itself. */
  readonly raw: Sql;
  /** What the rest of the program uses; opened once the schema is right. */
  readonly gate: GatedSql;
  readonly clock: Clock;
  readonly log: Log;
  /** Gives up when it aborts. */
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Tries until the database is reached and its schema is up to date. An embedded one gets a single try.
 * @throws SchemaError, or SqlError of an embedded database
 */
export async function connect({ raw, gate, clock, log, signal }: ConnectOptions): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await migrate(raw);
      gate.open();
      if (failures > 0) log.info('The store is reached');
      return;
    } catch (error) {
      const why = messageOf(error);
      gate.blame(why);
      if (error instanceof SchemaError || raw.kind === 'embedded') throw error;
      if (failures === 0)
        log.warn('The store cannot be reached; calls wait in the journal, and keys cannot be checked', {
          error: why,
        });
      await clock.sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), signal).catch(() => {});
    }
  }
}
