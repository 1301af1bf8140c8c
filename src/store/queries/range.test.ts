import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutRange, type Level, widened } from './range.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 10, 1);
const time = fc
  .integer({ min: START, max: START + 5 * DAY_MS })
  .map((ms) => (ms % 3 === 0 ? Math.floor(ms / HOUR_MS) * HOUR_MS : ms));
const stretch = fc
  .tuple(time, fc.option(time, { nil: null }))
  .map(([a, b]) => (b === null ? { from: a, to: null } : { from: Math.min(a, b), to: Math.max(a, b) }));
const levels = fc
  .constantFrom<Level[]>(['raw'], ['raw', 'hourly'], ['raw', 'hourly', 'daily'])
  .map((names) => new Set(names));

describe('cutting a stretch of time', () => {
  it('covers every moment exactly once, with whole hours and days where it says so', () => {
    fc.assert(
      fc.property(stretch, levels, (whole, allowed) => {
        const pieces = cutRange(whole, allowed);
        let reached: number | null = whole.from;
        for (const { from, to, level } of pieces) {
          expect(from).toBe(reached);
          expect(allowed.has(level)).toBe(true);
          const unit = { raw: 1, hourly: HOUR_MS, daily: DAY_MS, 'daily-fine': DAY_MS }[level];
          expect(from % unit).toBe(0);
          if (to !== null) expect(to % unit).toBe(0);
          reached = to;
        }
        expect(reached).toBe(pieces.length === 0 ? whole.from : whole.to);
        if (pieces.length === 0) expect(whole.to).toBe(whole.from);
      }),
    );
  });

  it('reads calls one by one for less than two hours at most', () => {
    fc.assert(
      fc.property(stretch, (whole) => {
        const pieces = cutRange(whole, new Set<Level>(['raw', 'hourly', 'daily']));
        const raw = pieces.filter(({ level }) => level === 'raw');
        for (const { from, to } of raw)
          expect((to ?? Number.POSITIVE_INFINITY) - from).toBeLessThan(2 * HOUR_MS);
      }),
    );
  });

  it('reads no call where the ends are whole hours', () => {
    fc.assert(
      fc.property(stretch, (whole) => {
        const pieces = cutRange(widened(whole), new Set<Level>(['raw', 'hourly']));
        expect(pieces.every(({ level }) => level === 'hourly')).toBe(true);
      }),
    );
  });
});
