import { describe, expect, it } from 'vitest';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import { BLOCK_TOKENS, type KvShape } from '../ports.ts';
import { blockValues } from './block-values.ts';

const SHAPES: readonly Omit<KvShape, 'type'>[] = [
  { layers: 3, heads: 6, kvHeads: 2, headDim: 64 },
  { layers: 1, heads: 1, kvHeads: 1, headDim: 20 },
];

describe.each(SHAPES)('blocks of $kvHeads heads of $headDim', (shape) => {
  const random = randomOf(1);
  const count = BLOCK_TOKENS * shape.kvHeads * shape.headDim;
  const layers = Array.from({ length: shape.layers }, () => ({
    k: normals(count, 2, random),
    v: normals(count, 1, random),
  }));

  it.each([
    ['bf16', 2 ** -8],
    ['int8', 1 / 60],
  ] as const)('of %s give their numbers back, and the same bytes again', (type, error) => {
    const values = blockValues({ ...shape, type });
    const block = values.write(layers);
    const back = values.read(block);
    layers.forEach(({ k, v }, layer) => {
      for (const [given, got] of [
        [k, back[layer]?.k],
        [v, back[layer]?.v],
      ] as const) {
        const largest = given.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        const worst = given.reduce((most, x, i) => Math.max(most, Math.abs(x - (got?.[i] ?? Number.NaN))), 0);
        expect(worst).toBeLessThan(largest * error);
      }
    });
    expect(blockValues({ ...shape, type }).write(back)).toEqual(block);
  });
});
