import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import { openProducts } from './products.ts';
import { decodeSection, encodeSection, type Mixing, SectionError } from './section.ts';
import { SCALE_TABLES, SYMBOLS } from './scale-tables.ts';
import { pairsOf, type SectionSteps } from './section-steps.ts';

const { turned } = openProducts();

interface Given {
  readonly values: Float32Array;
  readonly tokens: number;
  readonly channels: number;
  readonly headDim: number;
}

/** What a reader makes of the news, in doubles: [tokens, channels]. */
function read(bytes: Uint8Array, given: Given, mixing: Mixing) {
  const { news, exact } = decodeSection(bytes, given);
  const { tokens, channels } = given;
  const values = Array.from({ length: tokens * channels }, (_, at) => {
    const [token, channel] = [Math.floor(at / channels), at % channels];
    let sum = news[channel * tokens + token]!;
    for (let other = 0; mixing && other < channel; other++)
      sum += mixing[channel * channels + other]! * news[other * tokens + token]!;
    return sum;
  });
  return { values, exact };
}

function lower(size: number, random: () => number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return row === column ? 1 : row > column ? random() - 0.5 : 0;
  });
}

const STEPS = { runs: [0.1, 0.2], pairs: Int8Array.of(0, 4, -4, 1) };

/** No pair is finer or coarser than its run. */
function even(runs: readonly number[], pairs = 0): SectionSteps {
  return { runs, pairs: new Int8Array(pairs) };
}

function bitsOf(values: Float32Array, tokens: number, channels: number, step: number): number {
  const given = { values, tokens, channels, headDim: channels };
  return (8 * encodeSection(given, null, even([step]), [], turned).length) / values.length;
}

describe('scale tables', () => {
  it('are distributions in which every symbol can be coded', () => {
    for (const { frequency, start, symbolAt } of SCALE_TABLES) {
      expect(frequency.reduce((a, b) => a + b, 0)).toBe(2 * 16_384);
      expect(Math.min(...frequency)).toBeGreaterThan(0);
      frequency.forEach((count, symbol) => {
        const first = start[symbol]! + (symbol < SYMBOLS ? 0 : 16_384);
        expect(symbolAt[first]).toBe(symbol);
        expect(symbolAt[first + count - 1]).toBe(symbol);
      });
    }
  });
});

describe('a section', () => {
  it('comes back within a step, whatever the relations, but for the tokens left out', () => {
    const value = fc.oneof(
      fc.float({ min: -50, max: 50, noNaN: true }),
      fc.constantFrom(0, 1e-20, -900, 900),
    );
    const step = fc.double({ min: 0.2, max: 10, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 20),
        fc.array(value, { minLength: 40, maxLength: 400 }),
        fc.tuple(step, step),
        fc.boolean(),
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: -8, max: 12 }),
        (headDim, flat, runs, related, leftOut, coarser) => {
          const channels = 2 * headDim;
          const tokens = Math.floor(flat.length / channels);
          const given = {
            values: Float32Array.from(flat.slice(0, tokens * channels)),
            tokens,
            channels,
            headDim,
          };
          const mixing = related ? lower(channels, randomOf(7)) : null;
          const exact = Array.from({ length: Math.min(tokens, leftOut) }, (_, i) => i);
          const pairs = Int8Array.from({ length: pairsOf(headDim) }, (_, i) => (i % 2) * coarser);
          const steps = { runs, pairs };
          const back = read(encodeSection(given, mixing, steps, exact, turned), given, mixing);
          expect(back.exact).toEqual(exact);
          back.values.forEach((each, at) => {
            if (Math.floor(at / channels) < exact.length) return;
            const [run, pair] = [Math.floor((at % channels) / headDim), ((at % headDim) % pairs.length) % 2];
            const most = runs[run]! * 2 ** (run === 0 ? (pair * coarser) / 4 : 0);
            expect(Math.abs(each - given.values[at]!)).toBeLessThanOrEqual(most + 2e-3);
          });
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes near to what information theory asks for normal values, narrow and wide', () => {
    const values = normals(256 * 64, 1, randomOf(1));
    for (const step of [2, 0.25, 0.01]) {
      // Entropy of a normal variable in fine steps; in steps of two deviations it is 1.22 bits.
      const entropy = step > 1 ? 1.22 : 0.5 * Math.log2(2 * Math.PI * Math.E) - Math.log2(step);
      expect(bitsOf(values, 256, 64, step)).toBeLessThan(entropy + 0.3);
      if (step < 1) expect(bitsOf(values, 256, 64, step)).toBeGreaterThan(entropy);
    }
  });

  it('takes less for what changes little from token to token', () => {
    const slow = Float32Array.from({ length: 256 }, (_, token) => 10 * Math.sin(token / 20));
    const shuffled = Float32Array.from(slow, (_, token) => slow[(token * 101) % 256]!);
    expect(bitsOf(slow, 256, 1, 0.1)).toBeLessThan(0.75 * bitsOf(shuffled, 256, 1, 0.1));
  });

  it('that is damaged is refused, and never crashes', () => {
    const random = randomOf(3);
    const given = { values: normals(64 * 16, 1, random), tokens: 64, channels: 16, headDim: 8 };
    const good = encodeSection(given, null, STEPS, [0, 5], turned);
    for (let length = 0; length < good.length; length += 7)
      expect(() => decodeSection(good.subarray(0, length), given)).toThrow(SectionError);
    for (let round = 0; round < 300; round++) {
      const bad = good.slice();
      const at = Math.floor(random() * bad.length);
      bad[at] = bad[at]! ^ (1 + Math.floor(random() * 255));
      try {
        expect(decodeSection(bad, given).news).toHaveLength(given.values.length);
      } catch (error) {
        expect(error).toBeInstanceOf(SectionError);
      }
    }
  });
});
