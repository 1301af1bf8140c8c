import type { Sql } from '../sql/sql.ts';
import { columnsOf, foldSql } from './fold.ts';
import { type Group, parseGroupBy } from './group-by.ts';
import { createParams } from './params.ts';
import { type Bounds, planSource, type Source } from './source.ts';
import { type Grouped, type GroupValues, groupOf } from './spend.ts';
import { iso } from './time.ts';

/** Milliseconds below which so many percent of the calls stayed. Within 4 %: they come from a histogram. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

export interface LatencyNumbers {
  readonly calls: number;
  readonly errors: number;
  /** From 0 to 1. */
  readonly errorRate: number;
  /** Null when no call brought any content. */
  readonly ttftMs: Percentiles | null;
  /** Null only when there were no calls. */
  readonly totalMs: Percentiles | null;
  readonly overheadMs: Pick<Percentiles, 'p50' | 'p99'> | null;
}

export interface LatencyRow extends LatencyNumbers {
  readonly group: GroupValues;
}

export interface LatencyReport {
  readonly from: string;
  readonly to: string;
  readonly groupBy: string[];
  /** By time, then by calls, the most first. */
  readonly rows: LatencyRow[];
  readonly total: LatencyNumbers;
  /** True when only the newest calls were looked at. */
  readonly sampled?: true;
}

/** As `illm.latency_bucket` has it. */
const BUCKET_RATIO = 1.08;

export async function latency(
  sql: Sql,
  { filter, groupBy, limit }: Grouped,
  now: number,
  bounds?: Bounds,
): Promise<LatencyReport> {
  const groups = parseGroupBy(groupBy);
  const source = await planSource(sql, { filter, groups, subject: 'latency', now, bounds });
  const rows = await rowsOf(sql, source, groups, limit);
  const [total] = groups.length === 0 ? rows : await rowsOf(sql, source, [], limit);
  return {
    from: iso(source.from),
    to: iso(source.to),
    groupBy: [...groupBy],
    rows,
    total: total ? numbersOf(total) : NOTHING,
    ...(source.sampled && { sampled: true }),
  };
}

const NOTHING: LatencyNumbers = {
  calls: 0,
  errors: 0,
  errorRate: 0,
  ttftMs: null,
  totalMs: null,
  overheadMs: null,
};

const DURATIONS = ['ttft', 'total', 'overhead'] as const;
const PERCENTS = [50, 90, 95, 99] as const;

type Duration = (typeof DURATIONS)[number];

/** One grouped row, with the bucket of each percentile. */
type Row = Readonly<Record<`g${number}`, string | null>> &
  Pick<LatencyNumbers, 'calls' | 'errors'> &
  Readonly<Record<`${Duration}_p${(typeof PERCENTS)[number]}`, number | null>>;

async function rowsOf(
  sql: Sql,
  source: Source,
  groups: readonly Group[],
  limit: number,
): Promise<LatencyRow[]> {
  const params = createParams();
  const columns = columnsOf(groups);
  const measures = ['errors', ...DURATIONS];
  const sums = measures.map((name) => `sum(${name}) as ${name}`).join(', ');
  const alike = [...columns.all, 'is_rest'].join(', ');
  const heaps = DURATIONS.flatMap((name) => [
    `sum(${name}) over upwards as ${name}_heap`,
    `sum(${name}) over alike as ${name}_all`,
  ]);
  const percentiles = DURATIONS.flatMap((name) => PERCENTS.map((percent) => percentileSql(name, percent)));
  const rows = await sql.query<Row>(
    `with source as (${source.text(groups, params)}),
     grouped as (
       select ${[...columns.all, 'bucket', sums].join(', ')} from source group by ${[...columns.all, 'bucket'].join(', ')}
     ), ${foldSql(columns, ['bucket', ...measures], ['total'], limit, params)},
     refolded as (select ${alike}, bucket, ${sums} from folded group by ${alike}, bucket),
     heaped as (
       select *, ${heaps.join(', ')} from refolded
       window upwards as (partition by ${alike} order by bucket), alike as (partition by ${alike})
     )
     select ${[...columns.all, 'sum(total)::bigint as calls', 'sum(errors)::bigint as errors', ...percentiles].join(', ')}
     from heaped group by ${alike}
     order by ${[...columns.times, 'is_rest', 'calls desc', ...columns.others].join(', ')}`,
    params.values,
  );
  return rows.map((row) => ({
    group: groupOf(groups, row),
    calls: row.calls,
    errors: row.errors,
    errorRate: row.errors / Math.max(row.calls, 1),
    ttftMs: percentilesOf(row, 'ttft'),
    totalMs: percentilesOf(row, 'total'),
    overheadMs: shortened(percentilesOf(row, 'overhead')),
  }));
}

/** The lowest bucket up to which that share of the durations lies. */
function percentileSql(name: Duration, percent: number): string {
  const reached = `${name}_heap >= ${name}_all * ${percent} / 100.0 and ${name}_all > 0`;
  return `min(bucket) filter (where ${reached}) as ${name}_p${percent}`;
}

function percentilesOf(row: Row, name: Duration): Percentiles | null {
  const at = (percent: (typeof PERCENTS)[number]): number => middleMs(row[`${name}_p${percent}`] ?? 0);
  if (row[`${name}_p50`] === null) return null;
  return { p50: at(50), p90: at(90), p95: at(95), p99: at(99) };
}

/** The middle of a bucket: at most 4 % from any duration in it. To the microsecond. */
function middleMs(bucket: number): number {
  return Math.round(BUCKET_RATIO ** (bucket + 0.5) * 1000) / 1000;
}

function shortened(percentiles: Percentiles | null): Pick<Percentiles, 'p50' | 'p99'> | null {
  return percentiles && { p50: percentiles.p50, p99: percentiles.p99 };
}

function numbersOf(row: LatencyRow): LatencyNumbers {
  const { group: _group, ...numbers } = row;
  return numbers;
}
