export type SqlValue = string | number | boolean | null;

export interface Statement {
  readonly text: string;
  /** Without parameters the text may hold several statements. */
  readonly params?: readonly SqlValue[];
}

export type StoreKind = 'embedded' | 'postgres';

/**
 * One PostgreSQL database, wherever it runs. Rows come with the same JavaScript values from every driver: int8 and
 * numbers as `number`, numeric as decimal `string`, timestamps as ISO 8601 UTC, dates as `YYYY-MM-DD`, JSON parsed.
 * Every failure is an SqlError.
 */
export interface Sql {
  readonly kind: StoreKind;
  /** Runs one statement. The row type is the caller's word for what its text selects. */
  query<Row extends object>(text: string, params?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs the statements on one connection, all or none of them; answers with the rows of each. */
  transaction(statements: readonly Statement[]): Promise<object[][]>;
  /** Runs a text of any number of statements, outside a transaction unless it begins one. */
  exec(text: string): Promise<void>;
  close(): Promise<void>;
}
