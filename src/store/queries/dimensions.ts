import type { Sql } from '../sql/sql.ts';
import { timeOf } from './filter.ts';
import { iso } from './time.ts';

/** The values that occur, for filters to offer: at most 200 of each, the most frequent first. */
export interface DimensionValues {
  readonly provider: string[];
  readonly model: string[];
  readonly requestedModel: string[];
  readonly team: string[];
  readonly user: string[];
  readonly key: { readonly id: string; readonly name: string }[];
  readonly dialect: string[];
  readonly operation: string[];
  readonly errorCode: string[];
  readonly tag: Record<string, string[]>;
}

const COLUMNS = {
  provider: 'provider',
  model: 'model',
  requestedModel: 'requested_model',
  team: 'team',
  user: 'user_name',
  key: 'key',
  dialect: 'dialect',
  operation: 'operation',
  errorCode: 'error_code',
} as const;

const MOST_VALUES = 200;

interface Value {
  readonly name: string;
  readonly value: string;
  readonly label: string | null;
}

export async function dimensions(sql: Sql, from: string): Promise<DimensionValues> {
  const since = iso(timeOf(from, 'from')).slice(0, 10);
  const columns = Object.values(COLUMNS);
  const rows = await sql.query<Value>(
    `with met as materialized (
       select ${columns.join(', ')}, key_name, tags, sum(calls) as calls from illm.spend_daily_fine
       where day >= $1 group by ${[...columns, 'key_name', 'tags'].join(', ')}
     ), counted as (
       ${Object.entries(COLUMNS)
         .map(([name, column]) => valuesSql(name, column))
         .join(' union all ')}
       union all select 'tag:' || pair.name, pair.value, null, sum(calls)
         from met cross join lateral jsonb_each_text(tags) as pair(name, value) group by 1, 2
     ), placed as (
       select *, row_number() over (partition by name order by calls desc, value) as place from counted
     )
     select name, value, label from placed where place <= ${MOST_VALUES} order by name, place limit 20000`,
    [since],
  );
  const of = (name: string): Value[] => rows.filter((row) => row.name === name);
  const values = (name: string): string[] => of(name).map(({ value }) => value);
  const tags = [...new Set(rows.map(({ name }) => name))].filter((name) => name.startsWith('tag:'));
  return {
    provider: values('provider'),
    model: values('model'),
    requestedModel: values('requestedModel'),
    team: values('team'),
    user: values('user'),
    key: of('key').map(({ value, label }) => ({ id: value, name: label ?? value })),
    dialect: values('dialect'),
    operation: values('operation'),
    errorCode: values('errorCode'),
    tag: Object.fromEntries(tags.slice(0, MOST_VALUES).map((name) => [name.slice(4), values(name)])),
  };
}

function valuesSql(name: string, column: string): string {
  const label = name === 'key' ? 'max(key_name)' : 'null';
  return `select '${name}' as name, ${column} as value, ${label} as label, sum(calls) as calls
    from met where ${column} is not null group by ${column}`;
}
