import fc from 'fast-check';
import { someCalls } from '../../../test/services/some-calls.ts';
import type { CallFilter, SpanFilter } from './filter.ts';

/** Calls in the ledger, and questions about them. */

export const NOW = Date.UTC(2026, 10, 24, 12, 34, 56, 789);
const DAYS = 4;
export const CALLS = someCalls(500, NOW, DAYS);

const moment = fc.integer({ min: 0, max: DAYS * 24 * 60 }).map((minutes) => NOW - minutes * 60_000);
const orNull = <T>(...values: T[]): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, fc.constantFrom(...values));
export const anyFilter: fc.Arbitrary<CallFilter> = fc.record({
  from: fc.option(
    moment.map((ms) => new Date(ms).toISOString()),
    { nil: null },
  ),
  to: fc.constant(null),
  status: orNull('ok' as const, 'error' as const, 'aborted' as const),
  provider: orNull('openai', 'google'),
  model: orNull('a', 'b'),
  requestedModel: orNull('fast', 'smart'),
  team: orNull('search', 'chat'),
  user: orNull('ana', ''),
  keyId: orNull('k1', 'client:0a1b'),
  session: orNull('s1'),
  dialect: orNull('anthropic'),
  operation: orNull('embed'),
  errorCode: orNull('rate_limited'),
  tags: fc.constantFrom(
    [],
    [],
    [],
    [{ name: 'env', value: 'prod' }],
    [{ name: 'feature', value: 'it\'s "y"' }],
  ),
  unpricedOnly: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
  lever: orNull('cache', 'route', 'none'),
});
export const spanFilter: fc.Arbitrary<SpanFilter> = fc
  .tuple(anyFilter, moment, moment)
  .map(([filter, a, b]) => ({
    ...filter,
    from: new Date(Math.min(a, b)).toISOString(),
    to: new Date(Math.max(a, b)).toISOString(),
  }));

export function ago(hours: number): string {
  return new Date(NOW - hours * 3_600_000).toISOString();
}

export function plain(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
