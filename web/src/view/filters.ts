import type { Params } from '../api/request.ts';
import type { CallStatus } from '../api/types.ts';
import { type RangeSearch, parseRange } from './range.ts';
import { without } from './without.ts';

/** Filters that take one value, by their name in the address and in the API, with the word people read. */
export const FILTER_LABELS = {
  status: 'status',
  provider: 'provider',
  model: 'model',
  requestedModel: 'asked for',
  team: 'team',
  user: 'user',
  key: 'key',
  session: 'session',
  dialect: 'dialect',
  operation: 'operation',
  errorCode: 'error',
  lever: 'lever',
} as const;

export type FilterField = keyof typeof FILTER_LABELS;
export const FILTER_FIELDS = Object.keys(FILTER_LABELS) as readonly FilterField[];
export const STATUSES: readonly CallStatus[] = ['ok', 'error', 'aborted'];

/** Which calls a view is about. */
export interface Filters extends RangeSearch, Partial<Readonly<Record<FilterField, string>>> {
  /** Each `name:value`. */
  readonly tag?: readonly string[];
  readonly unpriced?: true;
}

/** One filter as a chip shows it. */
export interface Chip {
  readonly field: FilterField | 'tag' | 'unpriced';
  readonly value: string;
}

export function parseFilters(search: Readonly<Record<string, unknown>>): Filters {
  const found: Partial<Record<FilterField, string>> = {};
  for (const field of FILTER_FIELDS) {
    const value = search[field];
    if (typeof value === 'string' && value !== '') found[field] = value;
  }
  if (found.status && !STATUSES.some((status) => status === found.status)) delete found.status;
  const tag = [search['tag']]
    .flat()
    .filter((one): one is string => typeof one === 'string' && one.includes(':'));
  return {
    ...parseRange(search),
    ...found,
    ...(tag.length > 0 && { tag }),
    ...((search['unpriced'] === 'true' || search['unpriced'] === true) && { unpriced: true }),
  };
}

/** As the API wants them, without the range. */
export function filterParams(filters: Filters): Params {
  const params: Record<string, string | readonly string[]> = {};
  for (const { field, value } of chipsOf(filters)) if (field !== 'tag') params[field] = value;
  return { ...params, ...(filters.tag && { tag: filters.tag }) };
}

export function chipsOf(filters: Filters): readonly Chip[] {
  const chips: Chip[] = FILTER_FIELDS.flatMap((field) => {
    const value = filters[field];
    return value === undefined ? [] : [{ field, value }];
  });
  for (const value of filters.tag ?? []) chips.push({ field: 'tag', value });
  if (filters.unpriced) chips.push({ field: 'unpriced', value: 'true' });
  return chips;
}

export function withChip<F extends Filters>(filters: F, { field, value }: Chip): F {
  if (field === 'unpriced') return { ...filters, unpriced: true };
  if (field !== 'tag') return { ...filters, [field]: value };
  const others = (filters.tag ?? []).filter((tag) => tag !== value);
  return { ...filters, tag: [...others, value] };
}

export function withoutChip<F extends Filters>(filters: F, { field, value }: Chip): F {
  const rest = without(filters, field);
  const tag = field === 'tag' ? (filters.tag ?? []).filter((one) => one !== value) : [];
  return tag.length > 0 ? { ...rest, tag } : rest;
}

/** The view without any filter but its range. */
export function withoutChips<F extends Filters>(filters: F): F {
  return chipsOf(filters).reduce<F>((left, chip) => withoutChip(left, chip), filters);
}
