import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupSql, parseGroupBy } from './group-by.ts';
import { createParams } from './params.ts';

it('refuses what calls cannot be grouped by, and says what was meant', () => {
  expect(() => parseGroupBy(['modle'])).toThrow('Calls cannot be grouped by "modle". Did you mean "model"?');
  expect(() => parseGroupBy(['model', 'model'])).toThrow('twice');
  expect(() => parseGroupBy(['tag:'])).toThrow('"tag:"');
});

it('lets no text of a request into the SQL', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (tag) => {
      const params = createParams();
      const [group] = parseGroupBy([`tag:${tag}`]);
      expect(group && groupSql(group, 'raw', 'spend', params)).toBe('tags ->> $1::text');
      expect(params.values).toEqual([tag]);
    }),
  );
});

it.each(["model'", 'model; drop table illm.calls', 'MODEL', 'constructor', '__proto__', 'tags', 'unpriced'])(
  'knows no dimension %s',
  (name) => {
    expect(() => parseGroupBy([name])).toThrow('cannot be grouped by');
  },
);
