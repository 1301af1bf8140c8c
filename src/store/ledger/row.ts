import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { CallRecord } from '../../core/record.ts';
import { USAGE_KINDS, type Usage } from '../../core/usage.ts';
import { type Field, FIELD_NAMES, type FlatCall } from './fields.ts';

/** Escapes that PostgreSQL refuses: the null character and halves of surrogate pairs. May match harmless text too. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

const NESTED: ReadonlySet<Field> = new Set<Field>(['provider', 'model', ...USAGE_KINDS]);
/** The fields that a record and its row have in common. */
const PLAIN_FIELDS = FIELD_NAMES.filter((field) => !NESTED.has(field)) as (Field & keyof CallRecord)[];

/** The record as the line of JSON that the journal holds and the store inserts. What is null or zero is left out. */
export function rowText(record: CallRecord): string {
  const row = rowOf(record);
  const text = JSON.stringify(row);
  return UNSTORABLE.test(text) ? JSON.stringify(storable(row)) : text;
}

function rowOf(record: CallRecord): Record<string, unknown> {
  const { target, usage } = record;
  const row: Record<string, unknown> = target ? { provider: target.provider, model: target.model } : {};
  for (const field of PLAIN_FIELDS) if (record[field] !== null) row[field] = record[field];
  for (const kind of USAGE_KINDS) if (usage[kind] !== 0) row[kind] = usage[kind];
  return row;
}

/** The value with every string made one that PostgreSQL can hold, the odd character replaced by U+FFFD. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD');
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)]));
}

/** The record behind a stored row of which all fields were selected. */
export function recordOf(row: FlatCall): CallRecord {
  const { provider, model, costUsd } = row;
  const plain = Object.fromEntries(PLAIN_FIELDS.map((field) => [field, row[field]]));
  return {
    ...(plain as Omit<CallRecord, 'target' | 'usage'>),
    target: provider === null || model === null ? null : { provider, model },
    usage: Object.fromEntries(USAGE_KINDS.map((kind) => [kind, row[kind]])) as Usage,
    costUsd: costUsd === null ? null : usdFromPico(picoFromUsd(costUsd)),
  };
}
