import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VectorIndex } from './vector-index.ts';

const DIMENSIONS = 32;

/** Numbers that look random, the same in each run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

function randomUnit(random: () => number): Float32Array {
  return unit(Float32Array.from({ length: DIMENSIONS }, () => random() + random() + random() - 1.5));
}

/** A vector of about that cosine. */
function near(vector: Float32Array, cosine: number, random: () => number): Float32Array {
  const other = randomUnit(random);
  const side = Math.sqrt(1 - cosine * cosine);
  return unit(vector.map((value, d) => cosine * value + side * (other[d] ?? 0)));
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, d) => sum + value * (b[d] ?? 0), 0);

describe('the index of vectors', () => {
  it('finds exactly the nearest of a small scope, and nothing of another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 1e6 }), (count, seed) => {
        const random = generator(seed);
        const index = new VectorIndex(DIMENSIONS, random);
        const vectors = Array.from({ length: count }, () => randomUnit(random));
        const slots = vectors.map((vector, at) => index.add(at % 3, vector));
        const question = randomUnit(random);
        const expected = vectors
          .map((vector, at) => ({ slot: slots[at] ?? -1, similarity: dot(vector, question), at }))
          .filter(({ at }) => at % 3 === 1)
          .sort((a, b) => b.similarity - a.similarity)
          .slice(0, 4);
        const found = index.nearest(1, question, 4);
        expect(found.map(({ slot }) => slot)).toEqual(expected.map(({ slot }) => slot));
        for (const [at, { similarity }] of found.entries())
          expect(similarity).toBeCloseTo(expected[at]?.similarity ?? Number.NaN, 4);
      }),
      { numRuns: 30 },
    );
  });

  it('finds what is near among many, by its own scope, also after others went', () => {
    const random = generator(7);
    const index = new VectorIndex(DIMENSIONS, random);
    const kept = Array.from({ length: 3000 }, () => randomUnit(random));
    const slots = kept.map((vector) => index.add(5, vector));
    const gone = kept.map((vector) => index.add(5, near(vector, 0.97, random)));
    for (const slot of gone) index.remove(slot);
    for (const vector of kept.slice(0, 1000)) index.add(6, vector);
    expect(index.size).toBe(4000);
    let found = 0;
    for (let at = 0; at < 500; at++) {
      const vector = kept[at * 6];
      const slot = slots[at * 6];
      if (!vector) continue;
      if (index.nearest(5, near(vector, 0.92, random), 1)[0]?.slot === slot) found += 1;
    }
    expect(found).toBeGreaterThan(480);
  });

  it('uses the places of what was removed', () => {
    const random = generator(3);
    const index = new VectorIndex(DIMENSIONS, random);
    const slots = Array.from({ length: 100 }, () => index.add(1, randomUnit(random)));
    for (const slot of slots) index.remove(slot);
    index.remove(slots[0] ?? 0);
    expect(index.size).toBe(0);
    expect(index.nearest(1, randomUnit(random), 3)).toEqual([]);
    const again = Array.from({ length: 100 }, () => index.add(2, randomUnit(random)));
    expect(Math.max(...again)).toBeLessThan(100);
    expect(new Set(again).size).toBe(100);
  });
});
