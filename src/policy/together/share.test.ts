import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addUsage, NO_USAGE, usageOf } from '../../core/usage.ts';
import { apportion, splitUsage } from './share.ts';

const weight = fc.record({
  input: fc.integer({ min: 1, max: 100_000 }),
  output: fc.integer({ min: 1, max: 5000 }),
});

describe('a share', () => {
  it('is what largest remainders give', () => {
    // Quotas 1.43, 2.86 and 5.71.
    expect(apportion(10, [1, 2, 4])).toEqual([1, 3, 6]);
    expect(apportion(2, [1, 1, 1])).toEqual([1, 1, 0]);
    expect(apportion(0, [1, 1])).toEqual([0, 0]);
    expect(apportion(5, [0, 0])).toEqual([5, 0]);
  });

  it('is within one token of its quota, and all add up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 64 }),
        (total, weights) => {
          const parts = apportion(total, weights);
          const all = weights.reduce((sum, each) => sum + each, 0);
          expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
          parts.forEach((part, index) => {
            expect(Math.abs(part - (total * weights[index]!) / all)).toBeLessThan(1);
          });
        },
      ),
    );
  });

  it('of a whole usage adds up in every kind, and has no more thoughts than output', () => {
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 1, maxLength: 64 }),
        fc.nat(100_000),
        fc.nat(100_000),
        fc.nat(10_000),
        fc.nat(10_000),
        (weights, input, cacheRead, said, reasoning) => {
          const whole = usageOf({ input, cacheRead, output: said + reasoning, reasoning, webSearches: 1 });
          const shares = splitUsage(whole, weights);
          expect(shares.reduce(addUsage, NO_USAGE)).toEqual(whole);
          for (const share of shares) expect(share.reasoning).toBeLessThanOrEqual(share.output);
        },
      ),
    );
  });
});
