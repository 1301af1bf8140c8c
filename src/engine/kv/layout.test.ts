import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KvShape, BLOCK_TOKENS } from '../ports.ts';
import { arenaBytes, blockCapacity, kvBytesPerToken, kvLayout, planMemory } from './layout.ts';

const smol: KvShape = { layers: 30, heads: 9, kvHeads: 3, headDim: 64, type: 'bf16' };

describe('the layout of KV', () => {
  it('takes 4 bytes a number pair in bf16, and half of it and 8 bytes a head in int8', () => {
    expect(kvBytesPerToken(smol)).toBe(30 * 3 * 64 * 4);
    expect(kvBytesPerToken({ ...smol, type: 'int8' })).toBe(30 * 3 * (64 * 2 + 8));
    expect(kvLayout(smol).blockBytes).toBe(BLOCK_TOKENS * kvBytesPerToken(smol));
  });

  it.each([
    { headDim: 66 },
    { headDim: 0 },
    { headDim: 516 },
    { heads: 10 },
    { layers: 1.5 },
    { kvHeads: -3 },
  ])('refuses %j', (part) => {
    expect(() => kvLayout({ ...smol, ...part })).toThrow(RangeError);
  });

  it('refuses budgets of no block, and of more than one memory', () => {
    expect(() => planMemory(smol, kvLayout(smol).blockBytes - 1, 0)).toThrow(/hold no KV block/);
    expect(() => planMemory(smol, 5 * 2 ** 30, 0)).toThrow(/several/);
    expect(() => planMemory(smol, Number.NaN, 0)).toThrow(RangeError);
  });

  it('cuts any budget into arenas that each fit, and loses no whole block', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 64 * 2 ** 30 }),
        fc.integer({ min: 1, max: 5 }),
        (budget, least) => {
          const parts = arenaBytes(smol, budget, least);
          expect(parts.length).toBeGreaterThanOrEqual(least);
          for (const bytes of parts)
            if (bytes > 0) expect(planMemory(smol, bytes, 64 * 2 ** 20).maxPages).toBeLessThanOrEqual(65_536);
          const blocks = parts.reduce((sum, bytes) => sum + blockCapacity(smol, bytes), 0);
          expect(blocks).toBe(blockCapacity(smol, budget));
        },
      ),
    );
  });
});
