import type { Sql } from '../sql/sql.ts';
import { TELLS_LATENCY, USAGE_FIELDS } from '../ledger/fields.ts';
import { levelsWith, type Subject, TABLES } from './dimension.ts';
import { type Condition, conditionSql, conditionsOf, type SpanFilter, timeOf } from './filter.ts';
import { dimensionsOf, type Group, groupSql, joinSql } from './group-by.ts';
import { createParams, type Params } from './params.ts';
import { cutRange, DAY_LEVELS, type Level, type Piece, type Stretch, widened } from './range.ts';
import { floorHour, iso } from './time.ts';

/** Where the numbers of an answer come from. */
export interface Source {
  readonly from: number;
  readonly to: number;
  /** True when only the newest calls of the stretch were looked at. */
  readonly sampled: boolean;
  /** A SELECT of the groups as g0, g1, … and of the subject's measures, not summed up. */
  text(groups: readonly Group[], params: Params): string;
}

/** How much an answer may cost. */
export interface Bounds {
  /** Calls read at most where no rollup can answer. */
  readonly rawRows: number;
  /** Calls read at most for the broken hours at both ends; with more, the stretch is widened to whole hours. */
  readonly edgeRows: number;
}

const BOUNDS: Bounds = { rawRows: 200_000, edgeRows: 20_000 };

export interface Plan {
  readonly filter: SpanFilter;
  readonly groups: readonly Group[];
  readonly subject: Subject;
  readonly now: number;
  readonly bounds?: Bounds | undefined;
}

/** Finds the cheapest tables that answer the question exactly; says so where they cannot. */
export async function planSource(
  sql: Sql,
  { filter, groups, subject, now, bounds = BOUNDS }: Plan,
): Promise<Source> {
  const conditions = conditionsOf(filter);
  const from = timeOf(filter.from, 'from');
  const to = timeOf(filter.to, 'to');
  // No call starts in the future: towards now the stretch stays open, and ends on no broken hour.
  const asked: Stretch = { from, to: to >= now ? null : to };
  const names = [...conditions.map(({ dimension }) => dimension), ...dimensionsOf(groups)];
  const levels = levelsWith(names, subject);
  if (groups.some(({ name }) => name === 'hour')) for (const level of DAY_LEVELS) levels.delete(level);

  if (!levels.has('hourly')) {
    const sampled = await isLarger(sql, asked, conditions, subject, bounds.rawRows);
    const pieces: Piece[] = [{ level: 'raw', ...asked }];
    return { from, to, sampled, text: textOf(pieces, conditions, subject, bounds.rawRows) };
  }
  const exact = (await edgeRows(sql, asked)) <= bounds.edgeRows;
  const stretch = exact ? asked : widened(asked);
  const pieces = cutRange(stretch, levels);
  return {
    from: stretch.from,
    to: stretch.to ?? to,
    sampled: false,
    text: textOf(pieces, conditions, subject, null),
  };
}

/** How many calls the broken hours hold at which the stretch begins and ends. */
async function edgeRows(sql: Sql, { from, to }: Stretch): Promise<number> {
  const broken = [from, to].filter((time) => time !== null && time !== floorHour(time)) as number[];
  if (broken.length === 0) return 0;
  const [row] = await sql.query<{ calls: number }>(
    `select coalesce(sum(calls), 0)::bigint as calls from illm.spend_hourly
     where hour in (${broken.map((_, index) => `$${index + 1}`).join(', ')})`,
    broken.map((time) => iso(floorHour(time))),
  );
  return row?.calls ?? 0;
}

async function isLarger(
  sql: Sql,
  stretch: Stretch,
  conditions: readonly Condition[],
  subject: Subject,
  rows: number,
): Promise<boolean> {
  const params = createParams();
  const where = [
    ...withinSql({ level: 'raw', ...stretch }, params),
    ...indexedSql(conditions, subject, params),
  ];
  const [row] = await sql.query<{ rows: number }>(
    `select count(*) as rows from (
       select 1 from illm.calls where ${where.join(' and ')} limit ${params.add(rows + 1)}
     ) as newest`,
    params.values,
  );
  return (row?.rows ?? 0) > rows;
}

/** The conditions for which the calls have an index, so that rows that do not fulfil them are not even read. */
function indexedSql(conditions: readonly Condition[], subject: Subject, params: Params): string[] {
  const indexed = conditions.filter(({ dimension }) => dimension === 'session' || dimension === 'lever');
  const ofCalls = conditionSql(indexed, 'raw', 'spend', params);
  return [...CALLS_ABOUT[subject], ...ofCalls];
}

/** The piece's time as conditions. */
function withinSql({ level, from, to }: Piece, params: Params): string[] {
  const time = TIME_COLUMNS[level];
  const type = time === 'day' ? 'date' : 'timestamptz';
  const bound = (epochMs: number): string =>
    `${params.add(type === 'date' ? iso(epochMs).slice(0, 10) : iso(epochMs))}::${type}`;
  return [`${time} >= ${bound(from)}`, ...(to === null ? [] : [`${time} < ${bound(to)}`])];
}

function textOf(
  pieces: readonly Piece[],
  conditions: readonly Condition[],
  subject: Subject,
  mostRows: number | null,
): Source['text'] {
  return (groups, params) =>
    pieces
      .map((piece) => pieceSql(piece, groups, conditions, subject, mostRows, params))
      .join('\nunion all\n');
}

function pieceSql(
  piece: Piece,
  groups: readonly Group[],
  conditions: readonly Condition[],
  subject: Subject,
  mostRows: number | null,
  params: Params,
): string {
  const { level } = piece;
  const values = groups.map((group, index) => `${groupSql(group, level, subject, params)} as g${index}`);
  const within = withinSql(piece, params);
  const where = [
    ...within,
    ...(level === 'raw' ? CALLS_ABOUT : ROLLUP_ROWS)[subject],
    ...conditionSql(conditions, level, subject, params),
  ];
  const newest = (rows: number): string => {
    const indexed = [...within, ...indexedSql(conditions, subject, params)].join(' and ');
    return `(select * from illm.calls where ${indexed} order by started_at desc limit ${params.add(rows)}) as newest`;
  };
  const table = mostRows === null ? `illm.${TABLES[subject][level]}` : newest(mostRows);
  return `select ${[...values, ...(level === 'raw' ? RAW_MEASURES : MEASURES)[subject]].join(', ')}
    from ${table} ${level === 'raw' ? RAW_JOINS[subject] : ''} ${joinSql(groups)}
    where ${where.join(' and ')}`;
}

const TIME_COLUMNS: Readonly<Record<Level, string>> = {
  daily: 'day',
  'daily-fine': 'day',
  hourly: 'hour',
  raw: 'started_at',
};

/** Counts of calls that every row of spend has, beside the usage columns. */
export const COUNTS = ['calls', 'errors', 'aborted', 'unpriced_calls', 'estimated_calls'] as const;

const SUMMED = [...COUNTS, ...USAGE_FIELDS.map(({ column }) => column), 'cost_usd'];
const SUMMED_RAW = [
  '1 as calls',
  `(status = 'error')::integer as errors`,
  `(status = 'aborted')::integer as aborted`,
  'unpriced::integer as unpriced_calls',
  `(usage_source is not distinct from 'estimated')::integer as estimated_calls`,
  ...USAGE_FIELDS.map(({ column }) => column),
  'coalesce(cost_usd, 0) as cost_usd',
];
const FAILED = `case when status = 'error' then total else 0 end as errors`;
const HISTOGRAM = ['bucket', 'ttft', 'total', 'overhead', FAILED];
const HISTOGRAM_RAW = ['illm.latency_bucket(ms) as bucket', 'ttft', 'total', 'overhead', FAILED];

/** Not summed up: with the columns that tell failures apart. */
const FAILURES = ['error_code', 'http_status', 'provider', 'calls', 'last_at', 'last_id', 'last_message'];
const FAILURES_RAW = [
  ...FAILURES.slice(0, 3),
  '1 as calls',
  'started_at as last_at',
  'id as last_id',
  'error_message as last_message',
];

const SAVED = ['calls', 'saved_usd'];
const SAVED_RAW = ['1 as calls', 'usd as saved_usd'];

const MEASURES: Readonly<Record<Subject, readonly string[]>> = {
  spend: SUMMED,
  latency: HISTOGRAM,
  failures: FAILURES,
  saved: SAVED,
  'saved-by-lever': SAVED,
};
const RAW_MEASURES: Readonly<Record<Subject, readonly string[]>> = {
  spend: SUMMED_RAW,
  latency: HISTOGRAM_RAW,
  failures: FAILURES_RAW,
  saved: SAVED_RAW,
  'saved-by-lever': SAVED_RAW,
};

/** Which rows of its rollups a subject is about. */
const ROLLUP_ROWS: Readonly<Record<Subject, readonly string[]>> = {
  spend: [],
  latency: [],
  failures: [],
  saved: ['lever is null'],
  'saved-by-lever': ['lever is not null'],
};

/** Which calls a subject is about; there is an index of them. */
const CALLS_ABOUT: Readonly<Record<Subject, readonly string[]>> = {
  spend: [],
  latency: [],
  failures: ['error_code is not null'],
  saved: ['savings is not null'],
  'saved-by-lever': ['savings is not null'],
};

/** A call is one row of spend, as many rows of a histogram as it has durations, and a row for each lever that saved. */
const RAW_JOINS: Readonly<Record<Subject, string>> = {
  spend: '',
  failures: '',
  latency: `join lateral (values (ttft_ms, 1, 0, 0), (total_ms, 0, 1, 0), (overhead_ms, 0, 0, 1))
      as duration(ms, ttft, total, overhead) on ms is not null and ${TELLS_LATENCY}`,
  saved: `join lateral (select sum(value::numeric) as usd from jsonb_each_text(savings)) as saving on savings is not null`,
  'saved-by-lever': `join lateral (select key as lever, value::numeric as usd from jsonb_each_text(savings)) as saving
      on savings is not null`,
};
