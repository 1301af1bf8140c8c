import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { Sql } from '../sql/sql.ts';
import type { Subject } from './dimension.ts';
import { columnsOf, foldSql } from './fold.ts';
import { type Group, parseGroupBy } from './group-by.ts';
import { createParams } from './params.ts';
import { type Bounds, planSource, type Source } from './source.ts';
import { type Grouped, type GroupValues, groupOf, spend } from './spend.ts';
import { iso } from './time.ts';

export interface SavingsSums {
  /** Calls on which a saving is known, be it none or negative. */
  readonly calls: number;
  /** Exact decimal dollars; negative where the levers cost more than they saved. */
  readonly savedUsd: string;
}

export interface SavingsRow extends SavingsSums {
  readonly group: GroupValues;
}

export interface SavingsReport {
  readonly from: string;
  readonly to: string;
  readonly groupBy: string[];
  /** By time, then by what was saved, the most first. */
  readonly rows: SavingsRow[];
  readonly total: SavingsSums & {
    /** The bill of all calls of the stretch that the filter takes, its lever aside: exact decimal dollars. */
    readonly spentUsd: string;
    /** What the bill would have been without the levers asked about: spent and saved together. */
    readonly withoutUsd: string;
  };
  /** True when a call can count in several rows, so that their calls add up to more than the total. */
  readonly overlapping?: true;
  /** True when only the newest calls were looked at. */
  readonly sampled?: true;
}

export async function savings(
  sql: Sql,
  { filter, groupBy, limit }: Grouped,
  now: number,
  bounds?: Bounds,
): Promise<SavingsReport> {
  const groups = parseGroupBy(groupBy, 'savings');
  const bill = await spend(sql, { filter: { ...filter, lever: null }, groupBy: [], limit }, now, bounds);
  const byLever = filter.lever !== null || groups.some(({ name }) => name === 'lever');
  const read = async (wanted: readonly Group[], subject: Subject): Promise<[SavingsRow[], Source]> => {
    // The bill may have been widened to whole hours: both must be about the same stretch.
    const asked = { ...filter, from: bill.from, to: bill.to };
    const source = await planSource(sql, { filter: asked, groups: wanted, subject, now, bounds });
    return [await rowsOf(sql, source, wanted, limit), source];
  };
  const [rows, source] = await read(groups, byLever ? 'saved-by-lever' : 'saved');
  const [[total]] = await read([], filter.lever === null ? 'saved' : 'saved-by-lever');
  const { calls, savedUsd } = total ?? { calls: 0, savedUsd: usdFromPico(0n) };
  const spentUsd = bill.total.costUsd;
  const overlapping = groups.some(({ name, kind }) => name === 'lever' || kind === 'every-tag');
  return {
    from: iso(source.from),
    to: iso(source.to),
    groupBy: [...groupBy],
    rows,
    total: {
      calls,
      savedUsd,
      spentUsd,
      withoutUsd: usdFromPico(picoFromUsd(spentUsd) + picoFromUsd(savedUsd)),
    },
    ...(overlapping && { overlapping }),
    ...((source.sampled || bill.sampled) && { sampled: true }),
  };
}

type Row = Readonly<Record<`g${number}`, string | null>> & SavingsSums;

async function rowsOf(
  sql: Sql,
  source: Source,
  groups: readonly Group[],
  limit: number,
): Promise<SavingsRow[]> {
  const params = createParams();
  const columns = columnsOf(groups);
  const by = columns.all.length > 0 ? `group by ${columns.all.join(', ')}` : '';
  const sums = ['sum(calls) as calls', 'sum(saved_usd) as saved_usd'];
  const answer = ['sum(calls)::bigint as calls', 'sum(saved_usd)::numeric as "savedUsd"'];
  const rows = await sql.query<Row>(
    `with source as (${source.text(groups, params)}),
     grouped as (select ${[...columns.all, ...sums].join(', ')} from source ${by} having count(*) > 0),
     ${foldSql(columns, ['calls', 'saved_usd'], ['saved_usd', 'calls'], limit, params)}
     select ${[...columns.all, ...answer].join(', ')} from folded group by ${[...columns.all, 'is_rest'].join(', ')}
     order by ${[...columns.times, 'is_rest', '"savedUsd" desc', 'calls desc', ...columns.others].join(', ')}`,
    params.values,
  );
  return rows.map((row) => ({
    group: groupOf(groups, row),
    calls: row.calls,
    savedUsd: usdFromPico(picoFromUsd(row.savedUsd)),
  }));
}
