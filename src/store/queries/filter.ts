import { CallError } from '../../core/errors.ts';
import type { CallStatus } from '../../core/record.ts';
import type { SqlValue } from '../sql/sql.ts';
import { columnOf, type DimensionName, type Subject } from './dimension.ts';
import type { Params } from './params.ts';
import type { Level } from './range.ts';

/** Which calls are meant; null excludes none. */
export interface CallFilter {
  /** ISO 8601, UTC: calls that started then or later … */
  readonly from: string | null;
  /** … and before this. */
  readonly to: string | null;
  readonly status: CallStatus | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly requestedModel: string | null;
  readonly team: string | null;
  readonly user: string | null;
  /** A virtual key's id, or the name given to a client's own credential. */
  readonly keyId: string | null;
  readonly session: string | null;
  readonly dialect: string | null;
  readonly operation: string | null;
  readonly errorCode: string | null;
  /** All of them must be on the call. */
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  readonly unpricedOnly: boolean;
  /** A stage: only calls on which its saving is known. */
  readonly lever: string | null;
}

/** Excludes none. */
export const EVERY_CALL: CallFilter = {
  from: null,
  to: null,
  status: null,
  provider: null,
  model: null,
  requestedModel: null,
  team: null,
  user: null,
  keyId: null,
  session: null,
  dialect: null,
  operation: null,
  errorCode: null,
  tags: [],
  unpricedOnly: false,
  lever: null,
};

/** A filter whose time span is given. */
export type SpanFilter = CallFilter & { readonly from: string; readonly to: string };

/** One thing that a call must fulfil. */
export type Condition =
  | { readonly dimension: Exclude<DimensionName, 'tags'>; readonly value: SqlValue }
  | { readonly dimension: 'tags'; readonly tag: string; readonly value: string };

const EQUALS = [
  'status',
  'provider',
  'model',
  'requestedModel',
  'team',
  'user',
  'session',
  'dialect',
  'operation',
  'errorCode',
] as const satisfies readonly (DimensionName & keyof CallFilter)[];

/** What the filter asks for besides the time. */
export function conditionsOf(filter: CallFilter): Condition[] {
  const wanted: { dimension: Exclude<DimensionName, 'tags'>; value: SqlValue }[] = [
    ...EQUALS.map((dimension) => ({ dimension, value: filter[dimension] })),
    { dimension: 'key', value: filter.keyId },
    { dimension: 'unpriced', value: filter.unpricedOnly ? true : null },
    { dimension: 'lever', value: filter.lever },
  ];
  const tags = filter.tags.map(({ name, value }): Condition => ({ dimension: 'tags', tag: name, value }));
  return [...wanted.filter(({ value }) => value !== null), ...tags];
}

/** The conditions as SQL over the tables of a level, which must have their dimensions. */
export function conditionSql(
  conditions: readonly Condition[],
  level: Level,
  subject: Subject,
  params: Params,
): string[] {
  return conditions.map((condition) => {
    const column = columnOf(condition.dimension, level, subject);
    if (column === null) throw new TypeError(`no ${condition.dimension} at level ${level}`);
    const value = params.add(condition.value);
    if (condition.dimension === 'tags') return `${column} ->> ${params.add(condition.tag)}::text = ${value}`;
    return column === 'savings' ? `savings ? ${value}::text` : `${column} = ${value}`;
  });
}

/**
 * A filter's time in epoch milliseconds.
 * @throws CallError `invalid_request`
 */
export function timeOf(text: string, param: string): number {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new CallError('invalid_request', `"${text}" is not an ISO 8601 time such as 2026-11-24T10:00:00Z.`, {
    param,
  });
}
