import { describe, expect, it } from 'vitest';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import { decodeFactors, encodeFactors } from './factor-bytes.ts';
import { findFactors, mixingOf } from './factors.ts';
import { gather, headGroups, scatter } from './head-groups.ts';
import { factorsOf, inverseOf, mixingWith } from './mixing.ts';
import { openProducts } from './products.ts';
import { gram, type Relation, relationOf } from './relations.ts';
import { SectionError } from './section.ts';
import { sinks } from './sinks.ts';

const SIZE = 12;

function covariance(random: () => number): Float64Array {
  const rows = Array.from({ length: SIZE }, () => normals(SIZE, 1, random));
  return Float64Array.from({ length: SIZE * SIZE }, (_, at) =>
    rows[Math.floor(at / SIZE)]!.reduce((sum, each, i) => sum + each * rows[at % SIZE]![i]!, 0),
  );
}

/** M · diag(sizes²) · Mᵀ */
function covarianceOf({ mixing, sizes }: Relation): number[] {
  return Array.from({ length: SIZE * SIZE }, (_, at) => {
    const [a, b] = [Math.floor(at / SIZE), at % SIZE];
    return sizes.reduce((sum, size, i) => sum + mixing[a * SIZE + i]! * mixing[b * SIZE + i]! * size ** 2, 0);
  });
}

describe('relations of channels', () => {
  it('make the covariance of its news, a thousandth more on the diagonal', () => {
    const given = covariance(randomOf(1));
    covarianceOf(relationOf(given.slice(), SIZE)).forEach((each, at) => {
      const expected = given[at]! * (Math.floor(at / SIZE) === at % SIZE ? 1.001 : 1);
      expect(each).toBeCloseTo(expected, 3);
    });
  });

  it('of channels that are all the same, or nothing, are finite', () => {
    for (const of of [0, 1]) {
      const { mixing } = relationOf(new Float64Array(SIZE * SIZE).fill(of), SIZE);
      expect(mixing.every(Number.isFinite)).toBe(true);
    }
  });

  it('are undone by their inverse', () => {
    const { mixing } = relationOf(covariance(randomOf(2)), SIZE);
    const products = openProducts();
    const transposedInverse = products.turned(inverseOf(mixing, SIZE), identity(), SIZE);
    products.plain(mixing, transposedInverse, SIZE).forEach((each, at) => {
      expect(each).toBeCloseTo(identity()[at]!, 3);
    });
  });
});

describe('scalar products of rows', () => {
  it('are near, and the same in another order of the columns', () => {
    const products = openProducts();
    const rows = Array.from({ length: 5 }, (_, i) => normals(700, 1 + i, randomOf(i)));
    const all = gram(rows, products);
    rows.forEach((a, i) => {
      rows.forEach((b, j) => {
        const exact = a.reduce((sum, each, at) => sum + each * b[at]!, 0);
        expect(Math.abs(all[i * 5 + j]! - exact)).toBeLessThan(0.01 * Math.sqrt(all[i * 6]! * all[j * 6]!));
      });
    });
    expect(
      gram(
        rows.map((row) => row.toReversed()),
        products,
      ),
    ).toEqual(all);
  });
});

describe('factors', () => {
  it('are found: their relations make the covariance that they stand for', () => {
    const loadings = normals(2 * SIZE, 3, randomOf(4));
    const sizes = new Float32Array(SIZE).fill(1);
    const whole = Float32Array.from({ length: SIZE * SIZE }, (_, at) => {
      const [a, b] = [Math.floor(at / SIZE), at % SIZE];
      return (a === b ? 1 : 0) + loadings[a]! * loadings[b]! + loadings[SIZE + a]! * loadings[SIZE + b]!;
    });
    const found = mixingOf(findFactors(whole, SIZE, 2), sizes, openProducts());
    const direct = relationOf(Float64Array.from(whole), SIZE).mixing;
    found.forEach((each, at) => expect(each).toBeCloseTo(direct[at]!, 2));
  });

  it('come back from their bytes nearly, and always alike; damaged ones are refused or harmless', () => {
    const loadings = normals(2 * SIZE, 1, randomOf(5));
    const bytes = encodeFactors({ loadings, rank: 2 });
    const once = decodeFactors(from(bytes), 2, SIZE);
    once.loadings.forEach((each, at) => expect(Math.abs(each - loadings[at]!)).toBeLessThan(0.1));
    expect(encodeFactors(once)).toEqual(bytes);
    const random = randomOf(6);
    for (let round = 0; round < 200; round++) {
      const bad = bytes.slice();
      const at = Math.floor(random() * bad.length);
      bad[at] = bad[at]! ^ (1 + Math.floor(random() * 255));
      try {
        expect(decodeFactors(from(bad), 2, SIZE).loadings).toHaveLength(2 * SIZE);
      } catch (error) {
        expect(error).toBeInstanceOf(SectionError);
      }
    }
  });

  it('make what a text has in common cost less: news are smaller with them', () => {
    const random = randomOf(8);
    const [tokens, relation] = [512, relationOf(covariance(random), SIZE)];
    const common = normals(tokens, 5, random);
    const values = normals(tokens * SIZE, 1, random).map((each, at) => each + common[Math.floor(at / SIZE)]!);
    const products = openProducts();
    const factors = factorsOf(values, [], relation, 2, products);
    const size = (mixing: Float32Array): number =>
      products
        .plain(values, inverseOf(mixing, SIZE), SIZE)
        .reduce((sum, each) => sum + Math.log(each ** 2), 0);
    expect(size(mixingWith(relation, factors, products))).toBeLessThan(size(relation.mixing));
  });
});

describe('groups of heads', () => {
  it.each([
    [3, 64, 1],
    [8, 128, 4],
    [1, 600, 1],
  ])('%i heads of %i are in %i groups, which give all channels back', (kvHeads, headDim, count) => {
    const kv = { layers: 1, heads: kvHeads, kvHeads, headDim, type: 'bf16' } as const;
    const groups = headGroups(kv);
    expect(groups).toHaveLength(count);
    const [k, v] = [
      normals(2 * kvHeads * headDim, 1, randomOf(1)),
      normals(2 * kvHeads * headDim, 1, randomOf(2)),
    ];
    const out = { k: new Float32Array(k.length), v: new Float32Array(v.length) };
    for (const group of groups) scatter(gather({ k, v }, kv, group), kv, group, out);
    expect(out).toEqual({ k, v });
  });
});

describe('sinks', () => {
  it('are the first token, and those whose values are much shorter than others’', () => {
    const v = normals(64 * 32, 1, randomOf(1));
    for (let i = 20 * 32; i < 21 * 32; i++) v[i]! *= 0.1;
    expect(sinks(v, 32, true)).toEqual([0, 20]);
    expect(sinks(v, 32, false)).toEqual([20]);
  });

  it('are not many', () => {
    const v = normals(64 * 32, 1, randomOf(1)).map((each, at) => (at < 20 * 32 ? 0.1 * each : each));
    expect(sinks(v, 32, true)).toEqual([0]);
  });
});

function identity(): Float32Array {
  return Float32Array.from({ length: SIZE * SIZE }, (_, at) => (Math.floor(at / SIZE) === at % SIZE ? 1 : 0));
}

function from(bytes: Uint8Array): (count: number) => Uint8Array {
  let at = 0;
  return (count) => {
    if (at + count > bytes.length) throw new SectionError('too short');
    at += count;
    return bytes.subarray(at - count, at);
  };
}
