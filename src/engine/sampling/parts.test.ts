import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutoffAt } from './cutoff.ts';
import { expOfMinus } from './exp.ts';
import { philox, uniformAt } from './random.ts';

describe('philox', () => {
  it('gives the numbers of its authors’ test vectors (Random123, philox4x32 10)', () => {
    const hex = (numbers: readonly number[]) => numbers.map((n) => n.toString(16).padStart(8, '0')).join(' ');
    expect(hex(philox([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    expect(hex(philox([-1, -1, -1, -1], [-1, -1]))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
    expect(hex(philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]))).toBe(
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    );
  });

  it('gives numbers from 0 to below 1, of mean one half', () => {
    let sum = 0;
    for (let index = 0; index < 10_000; index++) {
      const value = uniformAt(-5n, index);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
      sum += value;
    }
    expect(sum / 10_000).toBeCloseTo(0.5, 1);
    expect(uniformAt(1n, 0)).not.toBe(uniformAt(1n + (1n << 32n), 0));
  });
});

describe('expOfMinus', () => {
  it('is within 1e-11 of Math.exp', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 63.999, noNaN: true }), (x) => {
        expect(Math.abs(expOfMinus(x) / Math.exp(-x) - 1)).toBeLessThan(1e-11);
      }),
      { numRuns: 2000 },
    );
    expect(expOfMinus(0)).toBe(1);
    expect(expOfMinus(64)).toBe(0);
    expect(expOfMinus(1e300)).toBe(0);
    expect(expOfMinus(Number.POSITIVE_INFINITY)).toBe(0);
  });
});

describe('cutoffAt', () => {
  const gapArb = fc.oneof(fc.nat(20), fc.double({ min: 0, max: 1e300, noNaN: true }));

  it('is where sorting everything would put it', () => {
    fc.assert(
      fc.property(
        fc.array(gapArb, { minLength: 1, maxLength: 4000, size: 'max' }),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.boolean(),
        (values, share, byMass) => {
          const gaps = Float64Array.from(values);
          // Halves of powers of two: their sums are exact in any order.
          const masses = byMass ? gaps.map((gap) => (gap % 3 < 1 ? 0 : 0.25)) : null;
          const total = masses ? masses.reduce((a, b) => a + b, 0) : gaps.length;
          const wanted = Math.ceil(total * share * 4) / 4;
          const order = [...gaps.keys()].sort((a, b) => gaps[a]! - gaps[b]! || a - b);
          let sum = 0;
          const at = order.find((position) => (sum += masses ? masses[position]! : 1) >= wanted);
          expect(cutoffAt(gaps, masses, gaps.length, wanted)).toEqual(
            at === undefined ? null : { gap: gaps[at], position: at },
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
