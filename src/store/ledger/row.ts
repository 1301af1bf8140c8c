import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { CallRecord } from '../../core/record.ts';
import { savingsOf } from '../../core/savings.ts';
import { USAGE_KINDS, type Usage } from '../../core/usage.ts';
import { type Field, FIELD_NAMES, type FlatCall } from './fields.ts';

/** Escapes that PostgreSQL refuses: the null character and halves of surrogate pairs. May match harmless text too. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

const NESTED: ReadonlySet<Field> = new Set<Field>(['provider', 'model', 'savings', ...USAGE_KINDS]);
/** The fields that a record and its row have in common. */
const PLAIN_FIELDS = FIELD_NAMES.filter((field) => !NESTED.has(field)) as (Field & keyof CallRecord)[];
/** The fields with the text before their values in a row. */
const PLAIN_STARTS = PLAIN_FIELDS.filter((field) => field !== 'id').map(
  (field) => [field, start(field)] as const,
);
const USAGE_STARTS = USAGE_KINDS.map((kind) => [kind, start(kind)] as const);
/** Text that stands in JSON as it is. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

/** The record as the line of JSON that the journal holds and the store inserts. What is null or zero is left out. */
export function rowText(record: CallRecord): string {
  const text = textOf(record);
  return UNSTORABLE.test(text) ? JSON.stringify(storable(JSON.parse(text))) : text;
}

/** Put together by hand: JSON.stringify takes twice as long for an object made field by field. */
function textOf(record: CallRecord): string {
  const { target, usage } = record;
  const savings = savingsOf(record.decisions);
  let text = `{"id":${quoted(record.id)}`;
  if (target) text += `,"provider":${quoted(target.provider)},"model":${quoted(target.model)}`;
  for (const [field, before] of PLAIN_STARTS) {
    const value = record[field];
    if (value === null) continue;
    text += before;
    text += typeof value === 'string' ? quoted(value) : jsonOf(value);
  }
  for (const [kind, before] of USAGE_STARTS) if (usage[kind] !== 0) text += before + String(usage[kind]);
  if (savings) text += `,"savings":${JSON.stringify(savings)}`;
  return `${text}}`;
}

/** Most rows have neither warnings nor tags. */
function jsonOf(value: number | boolean | object): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return Array.isArray(value) && value.length === 0 ? '[]' : JSON.stringify(value);
}

function quoted(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}

function start(field: string): string {
  return `,"${field}":`;
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
