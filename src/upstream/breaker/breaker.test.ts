import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, type Breaker, CLOSED, type Outcome, settle } from './breaker.ts';
import { createBreakers } from './breakers.ts';

function after(outcomes: readonly Outcome[], from: Breaker = CLOSED, now = 0): Breaker {
  return outcomes.reduce((breaker, outcome) => settle(breaker, outcome, now, 0), from);
}

const FIVE: Outcome[] = ['failure', 'failure', 'failure', 'failure', 'failure'];

describe('a circuit breaker', () => {
  it('opens after five failures in a row, not after five in all', () => {
    expect(after(FIVE.slice(1)).state).toBe('closed');
    expect(after(FIVE).state).toBe('open');
    expect(after([...FIVE.slice(1), 'success', ...FIVE.slice(1)]).state).toBe('closed');
  });

  it('does not count what says nothing of the target', () => {
    expect(after([...FIVE.slice(1), 'unknown', 'failure']).state).toBe('open');
    expect(after(Array<Outcome>(20).fill('unknown'))).toBe(CLOSED);
  });

  it('lets one call probe after the pause, and closes when it succeeds', () => {
    const open = after(FIVE);
    expect(admit(open, 999).admitted).toBe(false);
    const probing = admit(open, 1000);
    expect(probing).toMatchObject({ admitted: true, breaker: { state: 'half-open' } });
    expect(admit(probing.breaker, 1001).admitted).toBe(false);
    expect(settle(probing.breaker, 'success', 1500, 0)).toBe(CLOSED);
  });

  it('pauses for twice as long after each failed probe, up to a minute', () => {
    let breaker = after(FIVE);
    let now = 0;
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      if (breaker.state !== 'open') throw new Error('not open');
      pauses.push(breaker.until - now);
      now = breaker.until;
      breaker = settle(admit(breaker, now).breaker, 'failure', now, 0);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('lets another call probe at once when the probe was aborted, and in time when nothing is heard of it', () => {
    const probing = admit(after(FIVE), 1000).breaker;
    expect(admit(settle(probing, 'unknown', 1200, 0), 1200).admitted).toBe(true);
    expect(admit(probing, 1000 + 120_000).admitted).toBe(true);
  });

  it('obeys its laws, whatever happens', () => {
    const step = fc.record({
      waitMs: fc.nat(3000),
      outcome: fc.constantFrom<Outcome>('success', 'failure', 'unknown'),
      spread: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let breaker: Breaker = CLOSED;
        let now = 0;
        let inARow = 0;
        for (const { waitMs, outcome, spread } of steps) {
          now += waitMs;
          const before = breaker;
          const { admitted, breaker: begun } = admit(before, now);
          if (before.state === 'closed') expect(admitted).toBe(true);
          else expect(admitted).toBe(now >= before.until);
          if (!admitted) {
            expect(begun).toBe(before);
            continue;
          }
          breaker = settle(begun, outcome, now, spread);
          if (outcome === 'failure') inARow += 1;
          else if (outcome === 'success') inARow = 0;
          if (outcome === 'success') expect(breaker).toBe(CLOSED);
          if (outcome === 'failure') expect(breaker.state).toBe(inARow >= 5 ? 'open' : 'closed');
          if (breaker.state === 'open') expect(breaker.until - now).toBeLessThanOrEqual(75_000);
        }
      }),
    );
  });
});

describe('the breakers of a provider', () => {
  it('are kept apart by model, and show what was ever answered', () => {
    let now = 0;
    const clock = { now: () => now, ticks: () => now, sleep: () => Promise.resolve() };
    const breakers = createBreakers(['listed'], clock, () => 0);
    for (let i = 0; i < 5; i++) {
      expect(breakers.admit('bad')).toBeNull();
      breakers.settle('bad', 'failure');
    }
    breakers.settle('good', 'success');
    breakers.settle('no-such-model', 'unknown');
    expect(breakers.admit('bad')).toBe(1000);
    expect([breakers.isOpen('bad'), breakers.isOpen('good')]).toEqual([true, false]);
    expect(breakers.health()).toEqual([
      { model: 'listed', breaker: 'closed' },
      { model: 'bad', breaker: 'open' },
      { model: 'good', breaker: 'closed' },
    ]);
    now = 1000;
    expect(breakers.isOpen('bad')).toBe(false);
    expect(breakers.admit('bad')).toBeNull();
    expect(breakers.admit('bad')).toBe(1000);
  });

  it('forget the oldest when clients ask for names without end', () => {
    const clock = { now: () => 0, ticks: () => 0, sleep: () => Promise.resolve() };
    const breakers = createBreakers([], clock, () => 0);
    for (let i = 0; i < 5000; i++) breakers.settle(`m${i}`, 'failure');
    expect(breakers.health()).toHaveLength(1000);
  });
});
