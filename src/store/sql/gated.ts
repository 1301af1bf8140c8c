import { SqlError } from './sql-error.ts';
import type { Sql } from './sql.ts';

/** A database that answers only once its schema is known to be right, and that tells whether it answers. */
export interface GatedSql extends Sql {
  /** False while the last statement could not reach the database. */
  readonly healthy: boolean;
  open(): void;
  /** Says why it is not open yet. */
  blame(why: string): void;
}

export function gatedSql(sql: Sql): GatedSql {
  let isOpen = false;
  let healthy = false;
  let why = 'the store is starting';

  async function watched<T>(work: () => Promise<T>): Promise<T> {
    if (!isOpen) throw new SqlError('connection', why);
    try {
      const result = await work();
      healthy = true;
      return result;
    } catch (error) {
      healthy = !(error instanceof SqlError && error.isOutage);
      throw error;
    }
  }

  return {
    kind: sql.kind,
    get healthy() {
      return isOpen && healthy;
    },
    open() {
      isOpen = true;
      healthy = true;
    },
    blame(reason) {
      why = reason;
    },
    query: (text, params) => watched(() => sql.query(text, params)),
    transaction: (statements) => watched(() => sql.transaction(statements)),
    exec: (text) => watched(() => sql.exec(text)),
    close: () => sql.close(),
  };
}
