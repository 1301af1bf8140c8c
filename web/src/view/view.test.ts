import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCalls } from './calls-view.ts';
import { groupChip, nextDimension, parseDimension } from './dimension.ts';
import {
  type Chip,
  chipsOf,
  filterParams,
  parseFilters,
  withChip,
  withoutChip,
  withoutChips,
} from './filters.ts';
import { parseOverview } from './overview-view.ts';
import { parseQuery, stringifyQuery } from './query-string.ts';
import { bucketsFor, periodOf, periodParams, previousParams } from './range.ts';
import { suggest } from './suggest.ts';

const text = fc.string({ minLength: 1 });
const chip: fc.Arbitrary<Chip> = fc.oneof(
  fc.record({ field: fc.constantFrom('provider', 'model', 'team', 'user', 'session'), value: text }),
  fc.record({ field: fc.constant('tag'), value: fc.tuple(text, text).map((pair) => pair.join(':')) }),
  fc.constant({ field: 'unpriced', value: 'true' } as const),
);

describe('the address', () => {
  it('holds any view of the overview', () => {
    const view = {
      range: '7d',
      team: 'a b&c',
      tag: ['env:prod', 'feature:x/y'],
      unpriced: true,
      by: 'tag:feature',
      sort: 'p95',
      dir: 'asc',
      chart: 'table',
    } as const;
    const address = stringifyQuery(view);
    expect(address).toContain('tag=env:prod&tag=feature:x/y');
    expect(parseOverview(parseQuery(address))).toEqual(view);
  });

  it('keeps any set of filters', () => {
    fc.assert(
      fc.property(fc.array(chip), (chips) => {
        const filters = chips.reduce(withChip, {});
        expect(parseFilters(parseQuery(stringifyQuery({ ...filters })))).toEqual(filters);
      }),
    );
  });

  it('drops what it does not know instead of failing', () => {
    const query =
      '?range=9y&status=great&tag=novalue&by=nothing&sort=x&dir=up&from=never&to=2026&live=1&__proto__=x';
    expect(parseOverview(parseQuery(query))).toEqual({});
    expect(parseCalls(parseQuery(query))).toEqual({});
    fc.assert(
      fc.property(fc.string(), (any) => {
        expect(() => parseOverview(parseQuery(any))).not.toThrow();
      }),
    );
  });

  it('keeps numbers as the strings they are', () => {
    expect(parseFilters(parseQuery('?user=007&session=1e5'))).toEqual({ user: '007', session: '1e5' });
  });
});

describe('filters', () => {
  it('are removed as they were added', () => {
    fc.assert(
      fc.property(fc.uniqueArray(chip, { selector: ({ field }) => field }), (chips) => {
        const filters = chips.reduce(withChip, {});
        expect(chipsOf(filters)).toHaveLength(chips.length);
        expect(chips.reduce(withoutChip, filters)).toEqual({});
        expect(withoutChips(filters)).toEqual({});
      }),
    );
  });

  it('reach the API, tags each on its own', () => {
    const filters = parseFilters({ status: 'error', tag: ['a:1', 'b:2'], unpriced: 'true', range: '1h' });
    expect(filterParams(filters)).toEqual({ status: 'error', unpriced: 'true', tag: ['a:1', 'b:2'] });
  });
});

describe('ranges', () => {
  it('compare with the span just before', () => {
    expect(previousParams(periodOf({ range: '7d' }, '24h'))).toEqual({ from: '14d', to: '7d' });
    expect(previousParams(periodOf({}, '24h'))).toEqual({ from: '48h', to: '24h' });
    const custom = parseFilters({ from: '2026-11-10T00:00:00Z', to: '2026-11-12T00:00:00Z' });
    expect(previousParams(periodOf(custom, '24h'))).toEqual({
      from: '2026-11-08T00:00:00.000Z',
      to: '2026-11-10T00:00:00.000Z',
    });
    expect(previousParams(periodOf({}, 'all'))).toBeNull();
  });

  it('of all time ask for nothing', () => {
    expect(periodParams(periodOf({}, 'all'))).toEqual({});
    expect(periodParams(periodOf({ range: '1h' }, 'all'))).toEqual({ from: '1h' });
  });

  it('whose end is before their start are dropped', () => {
    expect(parseFilters({ from: '2026-11-12T00:00:00Z', to: '2026-11-10T00:00:00Z' })).toEqual({});
  });

  it('give between 5 and 130 bars from an hour on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 * 800 }), (hours) => {
        const bars = (hours * 3_600_000) / bucketsFor(hours * 3_600_000).lengthMs;
        expect(bars).toBeGreaterThanOrEqual(5);
        expect(bars).toBeLessThanOrEqual(130);
      }),
    );
  });
});

describe('dimensions', () => {
  it('give the filter that leaves one group', () => {
    expect(groupChip('team', 'search')).toEqual({ field: 'team', value: 'search' });
    expect(groupChip('tag:env', 'prod')).toEqual({ field: 'tag', value: 'env:prod' });
    expect(groupChip('team', null)).toBeNull();
    expect(groupChip('team', '(other)')).toBeNull();
  });

  it('go on to one that is not filtered yet', () => {
    expect(nextDimension('model', {})).toBe('team');
    expect(nextDimension('team', { team: 'a' })).toBe('model');
    expect(parseDimension('tag:')).toBeNull();
  });
});

describe('suggestions', () => {
  const dimensions = {
    provider: ['openai'],
    model: ['gpt-4o', 'claude-haiku'],
    requestedModel: ['fast'],
    team: ['search'],
    user: [],
    key: [{ id: 'k1', name: 'ci' }],
    dialect: [],
    errorCode: ['rate_limited'],
    tag: { env: ['prod'] },
  };
  const shown = (typed: string) => suggest(dimensions, typed).map(({ label, shown }) => `${label}=${shown}`);

  it('match words of the field and of the value', () => {
    expect(shown('gpt')).toEqual(['model=gpt-4o']);
    expect(shown('key')).toEqual(['key=ci']);
    expect(shown('model haiku')).toEqual(['model=claude-haiku']);
    expect(shown('env prod')).toEqual(['env=prod']);
    expect(shown('unpr')).toEqual(['price=unpriced']);
  });

  it('take values that no list has', () => {
    expect(suggest(dimensions, 'session: abc d ')).toEqual([
      { field: 'session', value: 'abc d', label: 'session', shown: 'abc d' },
    ]);
    expect(suggest(undefined, 'feature:x').map(({ field, value }) => [field, value])).toEqual([
      ['tag', 'feature:x'],
    ]);
    expect(shown('status:great')).toEqual([]);
  });
});
