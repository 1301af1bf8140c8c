import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import { addUsage, NO_USAGE, USAGE_KINDS, type Usage } from '../../core/usage.ts';
import { USAGE_FIELDS } from '../ledger/fields.ts';
import type { Sql } from '../sql/sql.ts';
import type { SpanFilter } from './filter.ts';
import { columnsOf, foldSql } from './fold.ts';
import { type Group, parseGroupBy } from './group-by.ts';
import { createParams } from './params.ts';
import { type Bounds, COUNTS, planSource, type Source } from './source.ts';
import { iso } from './time.ts';

/** A group's value for each name it was grouped by; null where the calls do not have it. */
export type GroupValues = Record<string, string | null>;

export interface SpendSums {
  readonly calls: number;
  readonly errors: number;
  readonly aborted: number;
  readonly unpricedCalls: number;
  /** Calls whose usage was counted by the gateway, since the provider did not say. */
  readonly estimatedCalls: number;
  readonly usage: Usage;
  /** Exact decimal dollars of the priced calls. */
  readonly costUsd: string;
}

export interface SpendRow extends SpendSums {
  readonly group: GroupValues;
}

export interface SpendReport {
  readonly from: string;
  readonly to: string;
  readonly groupBy: string[];
  /** By time, then by cost, the highest first. */
  readonly rows: SpendRow[];
  readonly total: SpendSums;
  /** True when a call can count in several rows, so that they add up to more than the total. */
  readonly overlapping?: true;
  /** True when only the newest calls were looked at. */
  readonly sampled?: true;
}

export interface Grouped {
  readonly filter: SpanFilter;
  /** Such as `day`, `model` or `tag:feature`. */
  readonly groupBy: readonly string[];
  /** How many groups are told apart, times aside; the rest is summed up as `(other)`. */
  readonly limit: number;
}

export async function spend(
  sql: Sql,
  { filter, groupBy, limit }: Grouped,
  now: number,
  bounds?: Bounds,
): Promise<SpendReport> {
  const groups = parseGroupBy(groupBy);
  const source = await planSource(sql, { filter, groups, subject: 'spend', now, bounds });
  const rows = await rowsOf(sql, source, groups, limit);
  const overlapping = groups.some(({ kind }) => kind === 'every-tag');
  const total = overlapping ? await rowsOf(sql, source, [], limit) : rows;
  return {
    from: iso(source.from),
    to: iso(source.to),
    groupBy: [...groupBy],
    rows,
    total: sumOf(total),
    ...(overlapping && { overlapping }),
    ...(source.sampled && { sampled: true }),
  };
}

const MEASURES = [...COUNTS, ...USAGE_FIELDS.map(({ column }) => column), 'cost_usd'];

/** One grouped row: the groups as g0, g1, … and the sums under their names in the answer. */
type Row = Readonly<Record<`g${number}`, string | null>> & Omit<SpendSums, 'usage'> & Usage;

/** The sums under their column's name, or under their name in the answer. */
function sums(named: boolean): string[] {
  const sum = (column: string, name: string, type = 'bigint'): string =>
    `sum(${column})::${type} as "${named ? name : column}"`;
  return [
    ...COUNTS.map((column) => sum(column, camel(column))),
    ...USAGE_FIELDS.map(({ column, kind }) => sum(column, kind)),
    sum('cost_usd', 'costUsd', 'numeric'),
  ];
}

function camel(column: string): string {
  return column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

async function rowsOf(
  sql: Sql,
  source: Source,
  groups: readonly Group[],
  limit: number,
): Promise<SpendRow[]> {
  const params = createParams();
  const columns = columnsOf(groups);
  const by = columns.all.length > 0 ? `group by ${columns.all.join(', ')}` : '';
  const rows = await sql.query<Row>(
    `with source as (${source.text(groups, params)}),
     grouped as (select ${[...columns.all, ...sums(false)].join(', ')} from source ${by} having count(*) > 0),
     ${foldSql(columns, MEASURES, ['cost_usd', 'calls'], limit, params)}
     select ${[...columns.all, ...sums(true)].join(', ')} from folded group by ${[...columns.all, 'is_rest'].join(', ')}
     order by ${[...columns.times, 'is_rest', '"costUsd" desc', 'calls desc', ...columns.others].join(', ')}`,
    params.values,
  );
  return rows.map((row) => ({ group: groupOf(groups, row), ...sumsOf(row) }));
}

/** What a row's columns g0, g1, … stand for. */
export function groupOf(
  groups: readonly Group[],
  row: Readonly<Record<`g${number}`, string | null>>,
): GroupValues {
  return Object.fromEntries(groups.map(({ name }, index) => [name, row[`g${index}`] ?? null]));
}

function sumsOf(row: Row): SpendSums {
  const { calls, errors, aborted, unpricedCalls, estimatedCalls, costUsd } = row;
  return {
    calls,
    errors,
    aborted,
    unpricedCalls,
    estimatedCalls,
    usage: Object.fromEntries(USAGE_KINDS.map((kind) => [kind, row[kind]])) as Usage,
    costUsd: usdFromPico(picoFromUsd(costUsd)),
  };
}

function sumOf(rows: readonly SpendSums[]): SpendSums {
  const add = (pick: (row: SpendSums) => number): number => rows.reduce((sum, row) => sum + pick(row), 0);
  return {
    calls: add((row) => row.calls),
    errors: add((row) => row.errors),
    aborted: add((row) => row.aborted),
    unpricedCalls: add((row) => row.unpricedCalls),
    estimatedCalls: add((row) => row.estimatedCalls),
    usage: rows.reduce((sum, row) => addUsage(sum, row.usage), NO_USAGE),
    costUsd: usdFromPico(rows.reduce((sum, row) => sum + picoFromUsd(row.costUsd), 0n)),
  };
}
