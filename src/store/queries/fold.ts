import type { Group } from './group-by.ts';
import type { Params } from './params.ts';

/** The name of what is not told apart. */
export const OTHER = '(other)';

/** Where the columns of a grouping stand in its statement: g0, g1, … */
export interface GroupColumns {
  readonly all: readonly string[];
  readonly times: readonly string[];
  /** All but the times. */
  readonly others: readonly string[];
}

export function columnsOf(groups: readonly Group[]): GroupColumns {
  const all = groups.map((_, index) => `g${index}`);
  const isTime = (_: string, index: number): boolean => groups[index]?.kind === 'time';
  return { all, times: all.filter(isTime), others: all.filter((column, index) => !isTime(column, index)) };
}

/**
 * Common table expressions that make `folded` of `grouped`: the groups that weigh most over the whole stretch of time
 * stay apart, and those after them get the name `(other)` and `is_rest`.
 */
export function foldSql(
  { all, others }: GroupColumns,
  measures: readonly string[],
  weights: readonly string[],
  mostGroups: number,
  params: Params,
): string {
  if (others.length === 0) return 'folded as (select *, false as is_rest from grouped)';
  const limit = params.add(mostGroups);
  const names = all.map((column) =>
    others.includes(column)
      ? `case when place > ${limit} then '${OTHER}' else ${column}::text end as ${column}`
      : column,
  );
  return `weighed as (
      select *, ${weights.map((weight, index) => `sum(${weight}) over alike as weight${index}`).join(', ')} from grouped
      window alike as (partition by ${others.join(', ')})
    ), placed as (
      select *, dense_rank() over (
        order by ${[...weights.map((_, index) => `weight${index} desc`), ...others].join(', ')}) as place
      from weighed
    ), folded as (
      select ${[...names, ...measures].join(', ')}, place > ${limit} as is_rest from placed
    )`;
}
