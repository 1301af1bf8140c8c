import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BudgetWindow } from '../../core/admission.ts';
import { bucketsAt, forgottenAt, windowName, windowStart } from './window.ts';

const at = (text: string): number => Date.parse(text);
const fixed = (unit: 'hour' | 'day' | 'week' | 'month'): BudgetWindow => ({ kind: 'fixed', unit });
const moments = fc.integer({ min: at('2020-01-01'), max: at('2040-01-01') });
const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Asia/Tokyo'];
const windows = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('hour' as const, 'day' as const, 'week' as const, 'month' as const),
      fc.constantFrom(...zones),
    )
    .map(([unit, timezone]): BudgetWindow => ({ kind: 'fixed', unit, timezone })),
  fc.constantFrom('hour' as const, 'day' as const, 'week' as const, 'month' as const).map(fixed),
  fc.integer({ min: 60_000, max: 31 * 86_400_000 }).map((ms): BudgetWindow => ({ kind: 'sliding', ms })),
);

describe('the windows of budgets', () => {
  it.each([
    ['hour', '2026-11-24T13:59:59.999Z', '2026-11-24T13:00:00Z', '2026-11-24T14:00:00Z'],
    ['day', '2026-11-24T00:00:00Z', '2026-11-24T00:00:00Z', '2026-11-25T00:00:00Z'],
    // A Tuesday; and a Sunday, which ends its week.
    ['week', '2026-11-24T13:00:00Z', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['week', '2026-11-29T23:59:59Z', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['month', '2026-12-31T23:00:00Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['month', '2028-02-29T01:00:00Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
  ] as const)('a %s at %s', (unit, now, start, end) => {
    expect(windowStart(fixed(unit), at(now))).toBe(at(start));
    expect(bucketsAt(fixed(unit), at(now)).resetsAt).toBe(at(end));
  });

  it.each([
    // Clocks go forward on 29 March 2026 and back on 25 October, both at 01:00 UTC.
    ['Europe/Berlin', 'day', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', 'day', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['Europe/Berlin', 'month', '2026-11-30T23:30:00Z', '2026-11-30T23:00:00Z', '2026-12-31T23:00:00Z'],
    ['Europe/Berlin', 'week', '2026-03-29T21:59:59Z', '2026-03-22T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['Asia/Kolkata', 'day', '2026-11-24T18:29:59Z', '2026-11-23T18:30:00Z', '2026-11-24T18:30:00Z'],
    ['Asia/Kolkata', 'hour', '2026-11-24T18:29:59Z', '2026-11-24T18:00:00Z', '2026-11-24T19:00:00Z'],
    // Midnight does not exist on 6 September 2026: clocks go from 00:00 to 01:00.
    ['America/Santiago', 'day', '2026-09-06T12:00:00Z', '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z'],
  ] as const)('in %s, a %s at %s', (timezone, unit, now, start, end) => {
    const window: BudgetWindow = { kind: 'fixed', unit, timezone };
    expect(windowStart(window, at(now))).toBe(at(start));
    expect(bucketsAt(window, at(now)).resetsAt).toBe(at(end));
  });

  it('count all that lies within them, and name the moment at which it is forgotten', () => {
    fc.assert(
      fc.property(windows, moments, fc.double({ min: 0, max: 1, noNaN: true }), (window, now, share) => {
        const start = windowStart(window, now);
        const then = Math.floor(start + share * (now - start));
        const { bucket } = bucketsAt(window, then);
        expect(bucket).toBeGreaterThanOrEqual(bucketsAt(window, now).oldest);
        const gone = forgottenAt(window, bucket);
        expect(bucketsAt(window, gone - 1).oldest).toBeLessThanOrEqual(bucket);
        expect(bucketsAt(window, gone).oldest).toBeGreaterThan(bucket);
      }),
    );
  });

  it('have names', () => {
    expect(windowName(fixed('day'))).toBe('day');
    expect(windowName({ kind: 'sliding', ms: 86_400_000 })).toBe('any 1 d');
    expect(windowName({ kind: 'sliding', ms: 90_000 })).toBe('any 90 s');
  });
});
