import { z } from 'zod';
import { CallError } from '../core/errors.ts';
import { didYouMean } from '../core/nearest.ts';
import type { CallFilter, SpanFilter } from '../store/index.ts';
import { callStatus } from './schemas/calls.ts';
import { DIMENSIONS } from './schemas/groups.ts';
import { resolveTime } from './time.ts';

const MOST_TAGS = 16;
const DAY_MS = 86_400_000;
/** The present ends a little later, so that a call which is being written counts. */
const AHEAD_MS = 1_000;
const value = z.string().min(1).max(256).optional();
const time = z
  .string()
  .refine((text) => resolveTime(text, 0) !== null, {
    error: 'must be ISO 8601, such as 2026-11-01T00:00:00Z, or a time before now, such as 24h or 7d',
  })
  .optional();
const tag = z.string().regex(/^[^:]+:.*$/, 'must be name:value, such as feature:search');

/** Query parameters that choose calls. */
export const filterFields = {
  from: time.describe('ISO 8601, or a time before now such as `24h` or `7d`.'),
  to: time.describe('As `from`, exclusive; now when left out.'),
  status: callStatus.optional(),
  provider: value,
  model: value.describe('The model that a call was sent to.'),
  requestedModel: value.describe('The model as the client named it.'),
  team: value,
  user: value,
  key: value.describe('A virtual key’s id.'),
  session: value,
  tag: z
    .union([tag, z.array(tag).max(MOST_TAGS)])
    .optional()
    .describe('`name:value`; may be given several times, then all must match.'),
  dialect: value,
  operation: value,
  errorCode: value,
  unpriced: z.enum(['true', 'false']).optional().describe('`true`: only calls without a known price.'),
  lever: value.describe('A stage such as `cache`: only calls on which its saving is known.'),
} as const;

const filterQuery = z.object(filterFields);
export type FilterQuery = z.output<typeof filterQuery>;

/** Comma-separated dimensions. */
export const groupBy = groupByAnyOf(DIMENSIONS);
export const savingsGroupBy = groupByAnyOf(['lever', ...DIMENSIONS]);

function groupByAnyOf(dimensions: readonly string[]) {
  const known = `${dimensions.join(', ')}, tag:<name>`;
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    )
    .superRefine((names, context) => {
      const wrong = names.find((name) => !dimensions.includes(name) && !/^tag:.{1,64}$/.test(name));
      if (wrong !== undefined) {
        const remedy = didYouMean(wrong, dimensions) || `Known: ${known}.`;
        context.addIssue({ code: 'custom', message: `has no dimension ${JSON.stringify(wrong)}. ${remedy}` });
      }
      if (names.length > 4) context.addIssue({ code: 'custom', message: 'has more than 4 dimensions' });
    })
    .describe(`Any of ${known}, separated by commas.`);
}

export const groupLimit = z.coerce
  .number()
  .int()
  .min(1)
  .max(1000)
  .default(200)
  .describe('Most groups; the rest is folded into one called (other).');

export function toFilter(query: FilterQuery, now: number): CallFilter {
  const tags = query.tag === undefined ? [] : [query.tag].flat();
  return {
    from: query.from === undefined ? null : resolveTime(query.from, now),
    to: query.to === undefined ? null : resolveTime(query.to, now),
    status: query.status ?? null,
    provider: query.provider ?? null,
    model: query.model ?? null,
    requestedModel: query.requestedModel ?? null,
    team: query.team ?? null,
    user: query.user ?? null,
    keyId: query.key ?? null,
    session: query.session ?? null,
    dialect: query.dialect ?? null,
    operation: query.operation ?? null,
    errorCode: query.errorCode ?? null,
    tags: tags.map((text) => {
      const colon = text.indexOf(':');
      return { name: text.slice(0, colon), value: text.slice(colon + 1) };
    }),
    unpricedOnly: query.unpriced === 'true',
    lever: query.lever ?? null,
  };
}

/**
 * As `toFilter`, over the last 24 hours unless said otherwise.
 * @throws CallError `invalid_request` when the span is empty
 */
export function toSpanFilter(query: FilterQuery, now: number): SpanFilter {
  const filter = toFilter(query, now);
  const to = filter.to ?? new Date(now + AHEAD_MS).toISOString();
  const from = filter.from ?? new Date(Math.min(Date.parse(to), now) - DAY_MS).toISOString();
  if (from >= to)
    throw new CallError('invalid_request', `from (${from}) is not before to (${to}).`, {
      param: 'query.from',
    });
  return { ...filter, from, to };
}
