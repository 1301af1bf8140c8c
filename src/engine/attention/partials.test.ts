import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Partials } from '../ports.ts';
import { addPartials, emptyPartials, finishPartials, mergePartials } from './partials.ts';
import { attention } from './reference.ts';

const DIM = 8;

/** Tokens whose scores spread over ±1e4, and how they are dealt to parts. */
const cases = fc
  .record({
    heads: fc.constantFrom([4, 4], [6, 2], [5, 1]),
    rows: fc.integer({ min: 1, max: 3 }),
    scale: fc.constantFrom(1, 30, 1e4),
    owners: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 }),
    seed: fc.integer(),
  })
  .map(({ heads: [heads = 1, kvHeads = 1], rows, scale, owners, seed }) => ({
    shape: { heads, kvHeads, headDim: DIM },
    rows,
    owners,
    q: uniform(rows * heads * DIM, seed).map((x) => x * Math.sqrt(scale)),
    k: uniform(owners.length * kvHeads * DIM, seed + 1).map((x) => x * Math.sqrt(scale)),
    v: uniform(owners.length * kvHeads * DIM, seed + 2),
  }));
type Case = Parameters<Parameters<typeof cases.map>[0]>[0];

describe('partial attention, merged', () => {
  it('is the attention over all tokens, however they were dealt, to 1e-5 of fp64', () => {
    fc.assert(
      fc.property(cases, (of) => {
        const out = new Float32Array(of.rows * of.shape.heads * DIM);
        mergePartials(partsOf(of), out);
        close(out, whole(of));
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order of the parts, nor on how they are grouped', () => {
    fc.assert(
      fc.property(cases, fc.nat(), (of, turn) => {
        const parts = partsOf(of);
        const turned = parts.map((_, index) => parts[(index + turn) % parts.length] ?? parts[0]!);
        const sum = (some: readonly Partials[]): Partials => {
          const into = emptyPartials(of.rows, of.shape.heads, DIM);
          for (const part of some) addPartials(into, part, of.shape.heads);
          return into;
        };
        const left = new Float32Array(of.rows * of.shape.heads * DIM);
        const right = left.slice();
        mergePartials([sum(parts.slice(0, 2)), sum(parts.slice(2))], left);
        mergePartials(turned, right);
        close(left, Float64Array.from(right));
      }),
      { numRuns: 200 },
    );
  });

  it('of no tokens is 0, and of no parts too', () => {
    const out = new Float32Array(2 * DIM).fill(7);
    mergePartials([emptyPartials(1, 2, DIM), emptyPartials(1, 2, DIM)], out);
    expect([...out]).toEqual(Array(2 * DIM).fill(0));
    out.fill(7);
    mergePartials([], out);
    expect([...out]).toEqual(Array(2 * DIM).fill(0));
  });

  it('takes parts that have some of the rows', () => {
    const sum = emptyPartials(3, 1, 2);
    const part = { m: Float32Array.of(1, 2), e: Float32Array.of(1, 2), ma: Float32Array.of(1, 2, 6, 8) };
    addPartials(sum, part, 1, Int32Array.of(2, 0));
    finishPartials(sum, sum.ma);
    expect([...sum.ma]).toEqual([3, 4, 0, 0, 1, 2]);
    expect(sum.m[1]).toBe(-Infinity);
  });
});

function partsOf({ q, k, v, owners, rows, shape }: Case): Partials[] {
  const token = shape.kvHeads * DIM;
  return [0, 1, 2, 3, 4].map((owner) => {
    const mine = owners.flatMap((each, index) => (each === owner ? [index] : []));
    const take = (x: Float32Array): Float32Array =>
      Float32Array.from(mine.flatMap((index) => [...x.subarray(index * token, (index + 1) * token)]));
    const part = emptyPartials(rows, shape.heads, DIM);
    for (let row = 0; row < rows; row++) {
      const { m, e, out } = attention(rowOf(q, row, shape.heads), take(k), take(v), shape);
      // Sums that belong to m as a float: at 1e4 its rounding alone is a factor of 1.0005.
      const sums = e.map((sum, head) =>
        sum === 0 ? 0 : sum * Math.exp((m[head] ?? 0) - Math.fround(m[head] ?? 0)),
      );
      part.m.set(m, row * shape.heads);
      part.e.set(sums, row * shape.heads);
      part.ma.set(
        out.map((x, index) => x * (sums[Math.floor(index / DIM)] ?? 0)),
        row * shape.heads * DIM,
      );
    }
    return part;
  });
}

function whole({ q, k, v, rows, shape }: Case): Float64Array {
  return Float64Array.from(
    Array.from({ length: rows }, (_, row) => [
      ...attention(rowOf(q, row, shape.heads), k, v, shape).out,
    ]).flat(),
  );
}

function rowOf(q: Float32Array, row: number, heads: number): Float32Array {
  return q.subarray(row * heads * DIM, (row + 1) * heads * DIM);
}

/** Values are within ±1: an attention's error is measured in those. */
function close(out: Float32Array, want: Float64Array): void {
  const worst = out.reduce((most, x, index) => Math.max(most, Math.abs(x - (want[index] ?? Number.NaN))), 0);
  expect(worst).toBeLessThan(1e-5);
}

function uniform(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}
