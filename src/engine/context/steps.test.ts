import { describe, expect, it } from 'vitest';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import type { KvShape } from '../ports.ts';
import { layerSteps, pairsBySize } from './steps.ts';

const KV: KvShape = { layers: 2, heads: 4, kvHeads: 2, headDim: 8, type: 'bf16' };
const TOKENS = 32;
const WIDTH = KV.kvHeads * KV.headDim;

/** Channels 1 and 5 of the second head, which turn together, are eight times as large as others. */
function keys(): Float32Array {
  return normals(TOKENS * WIDTH, 1, randomOf(1)).map((each, at) =>
    at % WIDTH === KV.headDim + 1 || at % WIDTH === KV.headDim + 5 ? 8 * each : each,
  );
}

describe('steps of a model that was not measured', () => {
  it('are finer for pairs of large keys, and for a head on average as they were', () => {
    const pairs = pairsBySize(keys(), KV);
    expect(pairs).toHaveLength(8);
    expect(pairs[5]).toBeLessThanOrEqual(-6);
    for (const head of [0, 1]) {
      const own = pairs.subarray(4 * head, 4 * head + 4);
      expect(Math.abs(own.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(2);
    }
  });

  it('are even where keys are nothing, and bounded where one pair is nearly all', () => {
    expect([...pairsBySize(new Float32Array(TOKENS * WIDTH), KV)]).toEqual(Array(8).fill(0));
    const one = Float32Array.from({ length: TOKENS * WIDTH }, (_, at) => (at % WIDTH === 0 ? 1e6 : 0));
    const pairs = pairsBySize(one, KV);
    expect(Math.max(...pairs)).toBeLessThanOrEqual(8);
    expect(Math.min(...pairs)).toBe(-8);
  });
});

describe('steps of a measured model', () => {
  it('are those of its table, layer by layer', () => {
    const table = {
      heads: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      pairs: Int8Array.from({ length: 16 }, (_, i) => i),
    };
    const steps = layerSteps(1, { k: keys(), v: keys() }, KV, { step: 2, table });
    expect(steps).toEqual({ k: [10, 12], v: [14, 16], pairs: table.pairs.subarray(8) });
  });
});
