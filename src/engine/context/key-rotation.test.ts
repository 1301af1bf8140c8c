import { describe, expect, it } from 'vitest';
import type { RopeSpec } from '../models/model.ts';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import { keyRotation } from './key-rotation.ts';

const KV = { layers: 1, heads: 4, kvHeads: 2, headDim: 16, type: 'bf16' } as const;
const YARN: RopeSpec = {
  theta: 1e4,
  dims: 12,
  scaling: { kind: 'yarn', factor: 4, betaFast: 32, betaSlow: 1, attentionFactor: 1.2, originalContext: 64 },
};

describe('the rotation of keys', () => {
  it.each([{ theta: 1e5, dims: 16, scaling: { kind: 'none' } } satisfies RopeSpec, YARN])(
    'is taken out and put in again',
    (rope) => {
      const rotation = keyRotation(KV, rope);
      const keys = normals(5 * 32, 1, randomOf(1));
      const turned = keys.slice();
      rotation.undo(turned, 1000);
      expect(turned).not.toEqual(keys);
      rotation.apply(turned, 1000);
      turned.forEach((x, i) => expect(x).toBeCloseTo(keys[i]!, 4));
    },
  );

  it('of equal keys leaves equal keys', () => {
    const rotation = keyRotation(KV, YARN);
    const keys = new Float32Array(3 * 32).fill(0.5);
    rotation.apply(keys, 7);
    expect(keys.slice(0, 32)).not.toEqual(keys.slice(32, 64));
    rotation.undo(keys, 7);
    keys.forEach((x) => expect(x).toBeCloseTo(0.5, 5));
  });
});
