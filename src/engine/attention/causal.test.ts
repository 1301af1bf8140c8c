import { describe, expect, it } from 'vitest';
import { openCausalAttention } from './causal.ts';
import { finishPartials } from './partials.ts';
import { attention } from './reference.ts';

describe('causal attention of a chunk to itself', () => {
  for (const [heads, kvHeads, headDim] of [
    [6, 2, 64],
    [4, 4, 20],
    [5, 1, 80],
  ] as const)
    it(`is fp64’s, row by row: ${heads} heads over ${kvHeads} of ${headDim}`, () => {
      const shape = { heads, kvHeads, headDim };
      const causal = openCausalAttention({ layers: 1, type: 'bf16', ...shape });
      for (const rows of [1, 2, 17, 128, 131, 300]) {
        const wave = (length: number, by: number): Float32Array =>
          Float32Array.from({ length }, (_, index) => Math.sin(index * index * by + by));
        const q = wave(rows * heads * headDim, 0.37).map((x) => x / Math.sqrt(headDim));
        const k = wave(rows * kvHeads * headDim, 0.73);
        const v = wave(rows * kvHeads * headDim, 1.31);
        const partials = causal(q, k, v);
        const out = new Float32Array(q.length);
        finishPartials(partials, out);
        for (const row of [0, 1, 16, 126, 127, 128, 130, 255, 256, 299].filter((each) => each < rows)) {
          const width = heads * headDim;
          const cut = (row + 1) * kvHeads * headDim;
          const mine = q.subarray(row * width, (row + 1) * width);
          const want = attention(mine, k.subarray(0, cut), v.subarray(0, cut), shape);
          want.out.forEach((x, index) => {
            expect(Math.abs((out[row * width + index] ?? Number.NaN) - x)).toBeLessThan(2e-6);
          });
        }
      }
    });
});
