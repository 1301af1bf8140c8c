import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEAST_BLOCKS, spread } from './spread.ts';

const lenders = (...blocks: number[]) => blocks.map((each, i) => ({ instance: `lender ${i}`, blocks: each }));
const shares = (offers: readonly { blocks: number }[]) => offers.map(({ blocks }) => blocks);

describe('blocks asked of several lenders', () => {
  it('are shared evenly when each has enough', () => {
    expect(shares(spread(lenders(1_000, 1_000, 1_000, 1_000), 256))).toEqual([64, 64, 64, 64]);
  });

  it('are taken from those that have more where one has less', () => {
    expect(shares(spread(lenders(1_000, 20, 1_000), 240))).toEqual([110, 20, 110]);
  });

  it('are asked of the first alone when they are few', () => {
    expect(spread(lenders(50, 50), LEAST_BLOCKS)).toEqual([{ instance: 'lender 0', blocks: LEAST_BLOCKS }]);
  });

  it('are asked of as many as are needed, few as they are', () => {
    expect(shares(spread(lenders(3, 3, 3), 8))).toEqual([3, 3, 2]);
  });

  it('are as many as there are, no lender giving more than it has, and none much more than another that could', () => {
    const some = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 1_500 }), (offered, blocks) => {
        const all = lenders(...offered);
        const got = spread(all, blocks);
        const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
        expect(sum(shares(got))).toBe(Math.min(blocks, sum(offered)));
        const of = new Map(all.map((each) => [each.instance, each.blocks]));
        const largest = Math.max(0, ...shares(got));
        for (const { instance, blocks: share } of got) {
          expect(share).toBeLessThanOrEqual(of.get(instance) ?? 0);
          if (share < largest - 1) expect(share).toBe(of.get(instance));
        }
      }),
    );
  });
});
