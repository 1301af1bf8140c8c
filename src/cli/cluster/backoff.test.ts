import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restartDelayMs } from './backoff.ts';

describe('the wait before a worker is replaced', () => {
  it('doubles while workers die young, up to ten seconds, and begins anew after a long life', () => {
    const waits = [0];
    for (let i = 0; i < 9; i++) waits.push(restartDelayMs(waits.at(-1) ?? 0, 10));
    expect(waits.slice(1)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    expect(restartDelayMs(10_000, 3_600_000)).toBe(100);
  });

  it('is always positive and bounded', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (previous, lived) => {
        const wait = restartDelayMs(previous, lived);
        expect(wait).toBeGreaterThanOrEqual(100);
        expect(wait).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});
