import type { Latency, Spend, Usage } from '../../api/types.ts';
import { perCall, picoFromUsd, type PicoUsd } from '../../format/money.ts';
import { type Dimension, groupValue } from '../../view/dimension.ts';
import type { BreakdownColumn } from '../../view/overview-view.ts';

export interface BreakdownRow {
  readonly value: string | null;
  readonly cost: PicoUsd;
  /** Against the previous period; null when that is not known. */
  readonly change: PicoUsd | null;
  readonly calls: number;
  readonly unpricedCalls: number;
  readonly tokens: number;
  readonly perCall: PicoUsd;
  /** 0 to 1. */
  readonly errorRate: number;
  readonly p95Ms: number | null;
}

/** Prompt tokens of every kind. */
export function tokensIn(usage: Usage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

/** The part of the prompt tokens that came from a cache, 0 to 1; null without any. */
export function cacheShare(usage: Usage): number | null {
  const prompt = tokensIn(usage);
  return prompt === 0 ? null : usage.cacheRead / prompt;
}

/** One row a group, with what it cost before; groups that cost something only before are there too. */
export function breakdownRows(
  spend: Spend,
  previous: Spend | undefined,
  latency: Latency | undefined,
  dimension: Dimension,
): readonly BreakdownRow[] {
  const before = new Map(
    previous?.rows.map((row) => [groupValue(row.group, dimension), picoFromUsd(row.costUsd)]),
  );
  const p95 = new Map(
    latency?.rows.map((row) => [groupValue(row.group, dimension), row.totalMs?.p95 ?? null]),
  );
  const rows = spend.rows.map((row): BreakdownRow => {
    const value = groupValue(row.group, dimension);
    const cost = picoFromUsd(row.costUsd);
    return {
      value,
      cost,
      change: previous ? cost - (before.get(value) ?? 0n) : null,
      calls: row.calls,
      unpricedCalls: row.unpricedCalls,
      tokens: tokensIn(row.usage) + row.usage.output,
      perCall: perCall(cost, row.calls - row.unpricedCalls),
      errorRate: row.calls === 0 ? 0 : row.errors / row.calls,
      p95Ms: p95.get(value) ?? null,
    };
  });
  const there = new Set(rows.map(({ value }) => value));
  const gone = [...before].filter(([value, cost]) => !there.has(value) && cost > 0n);
  return [...rows, ...gone.map(([value, cost]) => goneRow(value, cost))];
}

function goneRow(value: string | null, cost: PicoUsd): BreakdownRow {
  return {
    value,
    cost: 0n,
    change: -cost,
    calls: 0,
    unpricedCalls: 0,
    tokens: 0,
    perCall: 0n,
    errorRate: 0,
    p95Ms: null,
  };
}

type SortKey = bigint | number | string;

const SORT_KEYS: Record<BreakdownColumn, (row: BreakdownRow) => SortKey> = {
  name: (row) => row.value ?? '',
  cost: (row) => row.cost,
  change: (row) => row.change ?? 0n,
  calls: (row) => row.calls,
  tokens: (row) => row.tokens,
  perCall: (row) => row.perCall,
  errors: (row) => row.errorRate,
  p95: (row) => row.p95Ms ?? -1,
};

export function sortBreakdown(
  rows: readonly BreakdownRow[],
  column: BreakdownColumn,
  direction: 'asc' | 'desc',
): readonly BreakdownRow[] {
  const key = SORT_KEYS[column];
  const sign = direction === 'asc' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === y) return Number(b.cost > a.cost) - Number(b.cost < a.cost);
    return x < y ? -sign : sign;
  });
}
