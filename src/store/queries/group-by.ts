import { CallError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import { columnOf, type DimensionName, type Subject } from './dimension.ts';
import type { Params } from './params.ts';
import type { Level } from './range.ts';

const TIMES = ['day', 'hour'] as const;
const GROUPABLE = [
  'provider',
  'model',
  'team',
  'user',
  'key',
  'requestedModel',
  'dialect',
  'operation',
  'status',
  'errorCode',
  'session',
] as const satisfies readonly DimensionName[];

/** What rows are grouped by. `name` is the word in the request and in the answer. */
export type Group =
  | { readonly kind: 'time'; readonly name: (typeof TIMES)[number] }
  | { readonly kind: 'dimension'; readonly name: (typeof GROUPABLE)[number] | 'lever' }
  /** The values of one tag. */
  | { readonly kind: 'tag'; readonly name: string; readonly tag: string }
  /** Every `name:value` pair; a call counts in each of its own. */
  | { readonly kind: 'every-tag'; readonly name: 'tag' };

/**
 * The groups named in a list such as `['day', 'model', 'tag:feature']`; savings are grouped by `lever` too.
 * @throws CallError `invalid_request`
 */
export function parseGroupBy(names: readonly string[], of: 'calls' | 'savings' = 'calls'): Group[] {
  if (new Set(names).size < names.length)
    throw new CallError('invalid_request', 'groupBy names something twice.', { param: 'groupBy' });
  return names.map((name) =>
    name === 'lever' && of === 'savings' ? { kind: 'dimension', name } : parseGroup(name),
  );
}

function parseGroup(name: string): Group {
  const time = TIMES.find((each) => each === name);
  if (time) return { kind: 'time', name: time };
  const dimension = GROUPABLE.find((each) => each === name);
  if (dimension) return { kind: 'dimension', name: dimension };
  if (name === 'tag') return { kind: 'every-tag', name };
  if (name.startsWith('tag:') && name.length > 4) return { kind: 'tag', name, tag: name.slice(4) };
  const known = [...TIMES, ...GROUPABLE, 'tag', 'tag:NAME'];
  throw new CallError(
    'invalid_request',
    `Calls cannot be grouped by "${name}". ${didYouMean(name, known)} Known are ${known.join(', ')}.`.replaceAll(
      '  ',
      ' ',
    ),
    { param: 'groupBy' },
  );
}

/** The dimensions that a table must have for these groups. */
export function dimensionsOf(groups: readonly Group[]): DimensionName[] {
  return groups.flatMap((group): DimensionName[] => {
    switch (group.kind) {
      case 'time':
        return [];
      case 'dimension':
        return [group.name];
      case 'tag':
      case 'every-tag':
        return ['tags'];
    }
  });
}

/** The group's value as SQL over the tables of a level. */
export function groupSql(group: Group, level: Level, subject: Subject, params: Params): string {
  switch (group.kind) {
    case 'time':
      return timeSql(group.name, level);
    case 'dimension':
      return `${columnOf(group.name, level, subject)}`;
    case 'tag':
      return `tags ->> ${params.add(group.tag)}::text`;
    case 'every-tag':
      return `pair.name || ':' || pair.value`;
  }
}

/** What the FROM clause needs beside the table. */
export function joinSql(groups: readonly Group[]): string {
  return groups.some(({ kind }) => kind === 'every-tag')
    ? 'cross join lateral jsonb_each_text(tags) as pair(name, value)'
    : '';
}

function timeSql(unit: 'day' | 'hour', level: Level): string {
  if (level === 'daily' || level === 'daily-fine') return 'day';
  const column = level === 'hourly' ? 'hour' : `date_trunc('hour', started_at, 'UTC')`;
  return unit === 'hour' ? column : `(${column} at time zone 'UTC')::date`;
}
