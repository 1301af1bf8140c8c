import type { Group } from '../api/types.ts';
import { picoFromUsd, type PicoUsd } from '../format/money.ts';
import { bucketStartMs } from '../format/time.ts';
import { type Dimension, groupValue, REST } from '../view/dimension.ts';
import type { Buckets } from '../view/range.ts';

/** Groups with a colour of their own; the rest share one. */
export const MOST_SERIES = 7;

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The epoch was a Thursday: weeks begin on Mondays. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** A group's dollars: what it cost, or what was saved in it. */
export interface AmountRow {
  readonly group: Group;
  readonly costUsd: string;
}

/** Rows split by time and one dimension, and which bars they are meant for. */
export interface AmountsByTime {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly AmountRow[];
  readonly buckets: Buckets;
}

interface SpendSeries {
  /** The group's value; null where the calls gave none, `(other)` for the folded rest. */
  readonly value: string | null;
  /** A bar's amount each, as many as there are starts. */
  readonly amounts: readonly PicoUsd[];
  readonly total: PicoUsd;
}

export interface SpendCourse {
  /** Epoch milliseconds at which each bar begins, without gaps. */
  readonly startsMs: readonly number[];
  readonly lengthMs: number;
  readonly series: readonly SpendSeries[];
  readonly totals: readonly PicoUsd[];
}

/** The groups that get a colour of their own, dearest first. */
export function rankGroups(rows: readonly AmountRow[], dimension: Dimension): readonly (string | null)[] {
  const costs = new Map<string | null, PicoUsd>();
  for (const row of rows) {
    const value = groupValue(row.group, dimension);
    if (value !== REST) costs.set(value, (costs.get(value) ?? 0n) + picoFromUsd(row.costUsd));
  }
  return [...costs]
    .sort(([, a], [, b]) => Number(b > a) - Number(b < a))
    .slice(0, MOST_SERIES)
    .map(([value]) => value);
}

/** Spend a bar and group: rows in units of hours or days, folded into bars, with what is not ranked as one rest. */
export function spendCourse(
  spend: AmountsByTime,
  dimension: Dimension,
  ranked: readonly (string | null)[],
): SpendCourse {
  const { unit, lengthMs } = spend.buckets;
  const startsMs = barStarts(Date.parse(spend.from), Date.parse(spend.to), lengthMs);
  const position = new Map(startsMs.map((start, index) => [start, index]));
  const amounts = new Map<string | null, PicoUsd[]>();
  for (const row of spend.rows) {
    const index = position.get(barStart(bucketStartMs(row.group[unit] ?? ''), lengthMs));
    if (index === undefined) continue;
    const value = groupValue(row.group, dimension);
    const name = ranked.includes(value) ? value : REST;
    const bars = amounts.get(name) ?? startsMs.map(() => 0n);
    bars[index] = (bars[index] ?? 0n) + picoFromUsd(row.costUsd);
    amounts.set(name, bars);
  }
  const order = [...ranked.filter((value) => amounts.has(value)), ...(amounts.has(REST) ? [REST] : [])];
  const series = order
    .map((value): SpendSeries => {
      const own = amounts.get(value) ?? [];
      return { value, amounts: own, total: own.reduce((sum, one) => sum + one, 0n) };
    })
    .filter(({ total }) => total !== 0n);
  const totals = startsMs.map((_, index) =>
    series.reduce((sum, one) => sum + (one.amounts[index] ?? 0n), 0n),
  );
  return { startsMs, lengthMs, series, totals };
}

function barStarts(fromMs: number, toMs: number, lengthMs: number): readonly number[] {
  const starts: number[] = [];
  for (let start = barStart(fromMs, lengthMs); start < toMs; start += lengthMs) starts.push(start);
  return starts;
}

function barStart(ms: number, lengthMs: number): number {
  const offset = lengthMs === WEEK_MS ? FIRST_MONDAY_MS : 0;
  return Math.floor((ms - offset) / lengthMs) * lengthMs + offset;
}
