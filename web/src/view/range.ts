import type { Params } from '../api/request.ts';

export const RANGES = ['1h', '24h', '7d', '30d'] as const;
export type RangeName = (typeof RANGES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const LENGTHS: Record<RangeName, { readonly amount: number; readonly unit: 'h' | 'd' }> = {
  '1h': { amount: 1, unit: 'h' },
  '24h': { amount: 24, unit: 'h' },
  '7d': { amount: 7, unit: 'd' },
  '30d': { amount: 30, unit: 'd' },
};

/** A span of time: up to now, between two instants, or all of it. */
export type Period =
  | { readonly kind: 'last'; readonly name: RangeName }
  | { readonly kind: 'between'; readonly from: string; readonly to: string }
  | { readonly kind: 'all' };

/** As the address holds it: a name, or two instants. */
export interface RangeSearch {
  readonly range?: RangeName;
  readonly from?: string;
  readonly to?: string;
}

export function parseRange(search: Readonly<Record<string, unknown>>): RangeSearch {
  const from = instant(search['from']);
  const to = instant(search['to']);
  if (from && to && from < to) return { from, to };
  const range = RANGES.find((name) => name === search['range']);
  return range ? { range } : {};
}

export function periodOf(search: RangeSearch, fallback: RangeName | 'all'): Period {
  const { range, from, to } = search;
  if (from && to) return { kind: 'between', from, to };
  const name = range ?? fallback;
  return name === 'all' ? { kind: 'all' } : { kind: 'last', name };
}

export function periodParams(period: Period): Params {
  switch (period.kind) {
    case 'last':
      return { from: period.name };
    case 'between':
      return { from: period.from, to: period.to };
    case 'all':
      return {};
  }
}

/** For links to pages that have another default. */
export function withExplicitRange<S extends RangeSearch>(search: S, fallback: RangeName): S {
  return search.range || search.from ? search : { ...search, range: fallback };
}

/** The equally long span just before: what figures are compared with. */
export function previousParams(period: Period): Params | null {
  switch (period.kind) {
    case 'last': {
      const { amount, unit } = LENGTHS[period.name];
      return { from: `${2 * amount}${unit}`, to: period.name };
    }
    case 'between': {
      const from = Date.parse(period.from);
      const before = new Date(2 * from - Date.parse(period.to));
      return { from: before.toISOString(), to: period.from };
    }
    case 'all':
      return null;
  }
}

export function periodLengthMs(period: Period): number {
  switch (period.kind) {
    case 'last': {
      const { amount, unit } = LENGTHS[period.name];
      return amount * (unit === 'h' ? HOUR_MS : DAY_MS);
    }
    case 'between':
      return Date.parse(period.to) - Date.parse(period.from);
    case 'all':
      return Number.POSITIVE_INFINITY;
  }
}

/** The instants a period stands for now; of all time it is the epoch on. */
export function periodEdges(period: Period, now: number): { readonly fromMs: number; readonly toMs: number } {
  switch (period.kind) {
    case 'last':
      return { fromMs: now - periodLengthMs(period), toMs: now };
    case 'between':
      return { fromMs: Date.parse(period.from), toMs: Date.parse(period.to) };
    case 'all':
      return { fromMs: 0, toMs: now };
  }
}

export interface Buckets {
  /** What the spend API groups by, or that each bar is a question of its own: no unit there is finer than an hour. */
  readonly unit: 'day' | 'hour' | 'slice';
  /** How long a bar is: one unit or several of them. */
  readonly lengthMs: number;
}

export const HOURS: Buckets = { unit: 'hour', lengthMs: HOUR_MS };

/** Bars neither too thin to hit nor too few to show a course. */
export function bucketsFor(lengthMs: number): Buckets {
  if (lengthMs <= HOUR_MS) return { unit: 'slice', lengthMs: HOUR_MS / 12 };
  if (lengthMs <= 4 * HOUR_MS) return { unit: 'slice', lengthMs: HOUR_MS / 4 };
  if (lengthMs <= 2 * DAY_MS) return HOURS;
  if (lengthMs <= 8 * DAY_MS) return { unit: 'hour', lengthMs: 6 * HOUR_MS };
  return { unit: 'day', lengthMs: lengthMs <= 120 * DAY_MS ? DAY_MS : 7 * DAY_MS };
}

function instant(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
