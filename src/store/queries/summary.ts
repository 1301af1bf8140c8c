import type { CallRecord } from '../../core/record.ts';
import type { Savings } from '../../core/savings.ts';
import { FIELD_NAMES, type Field, type FlatCall, selectList } from '../ledger/fields.ts';
import { recordOf } from '../ledger/row.ts';

const DETAILS: ReadonlySet<Field> = new Set(['decisions', 'costParts', 'requestBody', 'responseBody']);

/** What a SELECT lists for `summaryOf`. */
export const SUMMARY_LIST = selectList(FIELD_NAMES.filter((field) => !DETAILS.has(field)));

/** A call as lists show it: decisions and cost parts are empty, bodies null. */
export interface ListedCall extends CallRecord {
  /** What each lever saved; empty where none has. */
  readonly savings: Savings;
}

export function summaryOf(
  row: Omit<FlatCall, 'decisions' | 'costParts' | 'requestBody' | 'responseBody'>,
): ListedCall {
  const record = recordOf({ ...row, decisions: [], costParts: [], requestBody: null, responseBody: null });
  return { ...record, savings: row.savings ?? {} };
}
