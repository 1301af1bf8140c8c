import { expect, it } from 'vitest';
import { normals, randomOf } from '../models/testing/index.contract.ts';
import type { KvShape } from '../ports.ts';
import { selfAttention } from './self-attention.ts';
import { plainSelfPartials } from './testing/self-attention.contract.ts';

const kv: KvShape = { layers: 1, heads: 4, kvHeads: 2, headDim: 8, type: 'bf16' };

it.each([[[1]], [[5]], [[1, 1, 1]], [[3, 1, 0, 4, 1]]])('keeps slices of %j rows apart', (lengths) => {
  const random = randomOf(3);
  const sliceRows = Int32Array.from([
    0,
    ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b)),
  ]);
  const rows = sliceRows.at(-1)!;
  const [q, k, v] = [4, 2, 2].map((heads) => normals(rows * heads * 8, 1, random)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const causal = selfAttention(kv, (...part) =>
    plainSelfPartials(kv, ...part, Int32Array.of(0, part[0].length / 32)),
  );
  const actual = causal(q, k, v, sliceRows);
  const expected = plainSelfPartials(kv, q, k, v, sliceRows);
  for (const name of ['m', 'e', 'ma'] as const) {
    expect(actual[name]).toHaveLength(expected[name].length);
    actual[name].forEach((value, i) => expect(value).toBeCloseTo(expected[name][i]!, 5));
  }
});
