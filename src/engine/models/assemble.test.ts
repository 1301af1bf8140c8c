import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { rotateHalfOrder } from './assemble.ts';
import type { TensorType } from './model.ts';
import { openModel } from './open.ts';
import { dequantize } from './quant/dequantize.ts';
import { quantize } from './testing/quantize.contract.ts';
import { writeTinyGguf } from './testing/tiny-gguf.contract.ts';
import { tinyWeights } from './testing/tiny-weights.contract.ts';

const dir = mkdtempSync(join(tmpdir(), 'models-assemble-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('rotateHalfOrder', () => {
  it('undoes the converter: reshape to [heads, 2, half], swap, flatten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }), (heads, half) => {
        const rows = heads * half * 2;
        const inFile: number[] = [];
        for (let head = 0; head < heads; head++) {
          for (let i = 0; i < half; i++) {
            for (let part = 0; part < 2; part++) inFile.push(head * half * 2 + part * half + i);
          }
        }
        const order = rotateHalfOrder(half * 2);
        expect(Array.from({ length: rows }, (_, row) => inFile[order(row)])).toEqual(
          Array.from({ length: rows }, (_, row) => row),
        );
      }),
    );
  });
});

describe('a GGUF of the Llama family', () => {
  const TYPES: readonly TensorType[] = ['F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1', 'Q4_K', 'Q5_K', 'Q6_K'];
  it.each(TYPES)('gives rows of %s back in rotate-half order, as they were quantised', (type) => {
    // Only these, for speed.
    const typeOf = (name: string): TensorType => (/[qkv]_proj/.test(name) ? type : 'F32');
    const options = {
      type: typeOf,
      tied: true,
      hidden: 256,
      heads: 8,
      kvHeads: 2,
      ffn: 32,
      layers: 1,
      name: `rows-${type}`,
    };
    const model = openModel(writeTinyGguf(dir, options));
    const layer = model.layers[0]!;
    for (const weight of tinyWeights(options)) {
      const role = /self_attn\.([qkv])_proj\.weight/.exec(weight.name)?.[1] as 'q' | 'k' | 'v' | undefined;
      if (!role) continue;
      const expected = quantize(type, weight.values);
      expect(Buffer.from(layer[role].bytes()).equals(expected)).toBe(true);
      expect(layer[role].floats()).toEqual(dequantize(type, expected));
    }
    model.close();
  });
});
