import type { Dimensions } from '../api/types.ts';
import { type Chip, FILTER_FIELDS, FILTER_LABELS, STATUSES } from './filters.ts';

/** A filter on offer, with the words it is found and shown by. */
export interface Suggestion extends Chip {
  readonly label: string;
  readonly shown: string;
}

const OPERATIONS = ['generate', 'embed', 'count-tokens', 'relay'];
const MOST = 40;

/** Filters whose field or value has every typed word; `session:abc` also takes values that no list knows. */
export function suggest(dimensions: Dimensions | undefined, typed: string): readonly Suggestion[] {
  const words = typed
    .toLowerCase()
    .split(/[\s:]+/)
    .filter(Boolean);
  const found = offers(dimensions).filter(({ label, shown }) => {
    const text = `${label} ${shown}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const own = literal(typed);
  const listed = own && found.some((one) => one.field === own.field && one.value === own.value);
  return [...found.slice(0, MOST), ...(own && !listed ? [own] : [])];
}

function offers(dimensions: Dimensions | undefined): readonly Suggestion[] {
  const all: Suggestion[] = STATUSES.map((value) => ({
    field: 'status',
    value,
    label: 'status',
    shown: value,
  }));
  all.push({ field: 'unpriced', value: 'true', label: 'price', shown: 'unpriced' });
  if (!dimensions) return all;
  for (const field of [
    'model',
    'provider',
    'team',
    'user',
    'requestedModel',
    'errorCode',
    'dialect',
  ] as const)
    for (const value of dimensions[field])
      all.push({ field, value, label: FILTER_LABELS[field], shown: value });
  for (const { id, name } of dimensions.key) all.push({ field: 'key', value: id, label: 'key', shown: name });
  for (const [name, values] of Object.entries(dimensions.tag))
    for (const value of values)
      all.push({ field: 'tag', value: `${name}:${value}`, label: name, shown: value });
  for (const value of OPERATIONS) all.push({ field: 'operation', value, label: 'operation', shown: value });
  return all;
}

/** `session:abc` as typed, or a tag `name:value` when the name is no field. */
function literal(typed: string): Suggestion | null {
  const match = /^\s*([^:\s]+):\s*(\S.*?)\s*$/.exec(typed);
  if (!match) return null;
  const [, name = '', value = ''] = match;
  const field = FILTER_FIELDS.find((one) => one === name || FILTER_LABELS[one] === name);
  if (field === 'status' && !STATUSES.some((status) => status === value)) return null;
  if (field) return { field, value, label: FILTER_LABELS[field], shown: value };
  return { field: 'tag', value: `${name}:${value}`, label: `tag ${name}`, shown: value };
}
