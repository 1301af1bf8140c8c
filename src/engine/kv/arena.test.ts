import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KvShape } from '../ports.ts';
import { createArena } from './arena.ts';
import { kvLayout } from './layout.ts';

const kv: KvShape = { layers: 2, heads: 2, kvHeads: 1, headDim: 64, type: 'bf16' };
const { blockBytes } = kvLayout(kv);

describe('a KV arena', () => {
  it('commits memory only when blocks are used, and keeps what was written when it grows', () => {
    const arena = createArena({ kv, maxBytes: 4_000 * blockBytes });
    expect(arena.committedBytes()).toBe(0);
    arena.write(0, new Uint8Array(blockBytes).fill(5));
    const first = arena.committedBytes();
    expect(first).toBeGreaterThanOrEqual(blockBytes);
    expect(first).toBeLessThan(200 * blockBytes);
    arena.use(3_999);
    expect(arena.committedBytes()).toBeGreaterThanOrEqual(4_000 * blockBytes);
    expect(arena.read(0)).toEqual(new Uint8Array(blockBytes).fill(5));
    expect(arena.read(3_999)).toEqual(new Uint8Array(blockBytes));
  });

  it('reserves all but what its own kernels need of 4 GiB', () => {
    const arena = createArena({ kv, maxBytes: 4 * 2 ** 30 - 2 ** 26 });
    const last = arena.blocks - 1;
    expect(arena.committedBytes()).toBe(0);
    expect(() => arena.use(last + 1)).toThrow(RangeError);
    expect(() => arena.use(-1)).toThrow(RangeError);
    expect(() => arena.use(0.5)).toThrow(RangeError);
  });

  it('refuses bytes that are no block', () => {
    const arena = createArena({ kv, maxBytes: blockBytes });
    expect(() => arena.write(0, new Uint8Array(blockBytes + 1))).toThrow(RangeError);
  });
});

describe('the kernels’ exponential', () => {
  const arena = createArena({ kv, maxBytes: blockBytes });
  const exp = (xs: readonly number[]): number[] => {
    const count = Math.ceil(xs.length / 4) * 4;
    const at = arena.floats(64, count).fill(0);
    at.set(xs);
    arena.kernels.expInPlace(64, count);
    return [...at.subarray(0, xs.length)];
  };

  it('is right to 2e-7 down to the smallest normal number', () => {
    let worst = 0;
    for (let at = -87; at <= 0; at += 0.01) {
      const xs = Array.from({ length: 8 }, (_, index) => Math.fround(at + index * 0.00125));
      exp(xs).forEach((y, index) => {
        const want = Math.exp(xs[index] ?? 0);
        worst = Math.max(worst, Math.abs(y - want) / want);
      });
    }
    expect(worst).toBeLessThan(2e-7);
  });

  it('is 0 far below, 1 at 0, and NaN of NaN', () => {
    expect(exp([-88, -1e4, -3e38, -Infinity, 0, Number.NaN])).toEqual([0, 0, 0, 0, 1, Number.NaN]);
  });
});

describe('rounding to KV precision', () => {
  for (const type of ['bf16', 'int8'] as const)
    it(`changes nothing that was rounded before: ${type}`, () => {
      const arena = createArena({ kv: { ...kv, type }, maxBytes: blockBytes });
      const round = (row: Float32Array): Float32Array => {
        arena.floats(64, 64).set(row);
        if (type === 'bf16') arena.kernels.roundBf16(64, 1, 64);
        else arena.kernels.roundInt8(64, 1, 64);
        return arena.floats(64, 64).slice();
      };
      const rows = fc.float32Array({
        minLength: 64,
        maxLength: 64,
        noNaN: true,
        min: -(2 ** 100),
        max: 2 ** 100,
      });
      fc.assert(
        fc.property(rows, (row) => {
          const once = round(row);
          expect(round(once)).toEqual(once);
          const most = Math.max(...row.map(Math.abs));
          const step = type === 'bf16' ? (x: number) => Math.abs(x) / 256 : () => most / 253.9;
          row.forEach((x, index) => {
            expect(Math.abs((once[index] ?? Number.NaN) - x)).toBeLessThanOrEqual(step(x) + 1.2e-28);
          });
        }),
        { numRuns: 500 },
      );
    });
});
