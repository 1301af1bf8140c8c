import type { SqlValue } from '../sql/sql.ts';

/** Collects the parameters of one statement; `add` answers with the placeholder to write into its text. */
export interface Params {
  readonly values: SqlValue[];
  add(value: SqlValue): string;
}

export function createParams(): Params {
  const values: SqlValue[] = [];
  return {
    values,
    add(value) {
      values.push(value);
      return `$${values.length}`;
    },
  };
}
