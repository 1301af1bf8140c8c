import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { resolveTime } from './time.ts';

const NOW = Date.parse('2026-11-24T12:00:00.000Z');

it('understands ISO 8601 and times before now', () => {
  expect(resolveTime('24h', NOW)).toBe('2026-11-23T12:00:00.000Z');
  expect(resolveTime('90m', NOW)).toBe('2026-11-24T10:30:00.000Z');
  expect(resolveTime('2w', NOW)).toBe('2026-11-10T12:00:00.000Z');
  expect(resolveTime('2026-11-01', NOW)).toBe('2026-11-01T00:00:00.000Z');
  expect(resolveTime('2026-11-01T08:00', NOW)).toBe('2026-11-01T08:00:00.000Z');
  expect(resolveTime('2026-11-01T08:00:00.5+02:00', NOW)).toBe('2026-11-01T06:00:00.500Z');
});

it('refuses everything else', () => {
  for (const text of ['', 'now', '7', '7y', '-1h', '2026', '2026-02-30T25:00Z', 'Nov 1 2026', '99999999d'])
    expect(resolveTime(text, NOW)).toBeNull();
});

it('gives back every moment that it is given', () => {
  const moment = fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31') });
  fc.assert(fc.property(moment, (date) => resolveTime(date.toISOString(), NOW) === date.toISOString()));
});
