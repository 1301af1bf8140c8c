import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import { decodeSection, encodeSection, SectionError, spread } from './channel-codec.ts';
import { SCALE_TABLES } from './scale-tables.ts';

function largestError(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('scale tables', () => {
  it('are distributions in which every symbol can be coded', () => {
    for (const { frequency, start, symbolAt } of SCALE_TABLES) {
      expect(frequency.reduce((a, b) => a + b, 0)).toBe(4096);
      expect(Math.min(...frequency)).toBeGreaterThan(0);
      expect(start.at(-1)).toBe(4096);
      frequency.forEach((count, symbol) => {
        expect(symbolAt[start[symbol]!]).toBe(symbol);
        expect(symbolAt[start[symbol]! + count - 1]).toBe(symbol);
      });
    }
  });
});

describe('a section', () => {
  it('comes back within half a step', () => {
    const value = fc.oneof(
      fc.float({ min: -50, max: 50, noNaN: true }),
      fc.constantFrom(0, 1e-20, -3000, 3000),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(value, { minLength: 1, maxLength: 120 }),
        fc.double({ min: 0.2, max: 10, noNaN: true }),
        fc.constantFrom(0, 0, 4),
        (channels, flat, step, exact) => {
          const tokens = Math.floor(flat.length / channels);
          const values = Float32Array.from(flat.slice(0, tokens * channels));
          const section = { values, tokens, channels, exact: Math.min(tokens, exact) };
          const back = decodeSection(encodeSection(section, step), section);
          const kept = section.exact * channels;
          expect(largestError(values.subarray(kept), back.subarray(kept))).toBeLessThanOrEqual(
            step / 2 + 1e-3,
          );
          values
            .subarray(0, kept)
            .forEach((x, i) => expect(Math.abs(back[i]! - x)).toBeLessThanOrEqual(Math.abs(x) / 256 + 1e-38));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes near to what information theory asks for normal values', () => {
    const tokens = 256;
    const channels = 64;
    const values = normals(tokens * channels, 1, randomOf(1));
    const step = 0.25;
    const bits = (8 * encodeSection({ values, tokens, channels, exact: 0 }, step).length) / values.length;
    // Entropy of a normal variable quantised in steps of a quarter: ½·log2(2πe) + 2 bits.
    const entropy = 0.5 * Math.log2(2 * Math.PI * Math.E) + 2;
    expect(bits).toBeLessThan(entropy + 0.25);
    expect(bits).toBeGreaterThan(entropy);
  });

  it('takes less for what changes little from token to token', () => {
    const tokens = 256;
    const values = Float32Array.from({ length: tokens }, (_, token) => 10 * Math.sin(token / 20));
    const slow = encodeSection({ values, tokens, channels: 1, exact: 0 }, 0.1).length;
    const shuffled = Float32Array.from({ length: tokens }, (_, token) => values[(token * 101) % tokens]!);
    expect(slow).toBeLessThan(
      0.75 * encodeSection({ values: shuffled, tokens, channels: 1, exact: 0 }, 0.1).length,
    );
  });

  it('of equal values takes next to nothing, and is exact', () => {
    const values = new Float32Array(256 * 8).fill(1.5);
    const bytes = encodeSection({ values, tokens: 256, channels: 8, exact: 0 }, 0);
    expect(decodeSection(bytes, { tokens: 256, channels: 8, exact: 0 })).toEqual(values);
    expect(bytes.length).toBeLessThan(80);
  });

  it('that is damaged is refused, and never crashes', () => {
    const random = randomOf(3);
    const values = normals(64 * 16, 1, random);
    const shape = { tokens: 64, channels: 16, exact: 0 };
    const good = encodeSection({ values, ...shape }, 0.1);
    for (let length = 0; length < good.length; length += 7)
      expect(() => decodeSection(good.subarray(0, length), shape)).toThrow(SectionError);
    for (let round = 0; round < 300; round++) {
      const bad = good.slice();
      const at = 84 + Math.floor(random() * (bad.length - 84));
      bad[at] = bad[at]! ^ (1 + Math.floor(random() * 255));
      try {
        expect(decodeSection(bad, shape)).toHaveLength(values.length);
      } catch (error) {
        expect(error).toBeInstanceOf(SectionError);
      }
    }
  });

  it('tells the spread of values around the channels’ means', () => {
    const values = Float32Array.from([1, 10, 3, 10, 1, 10, 3, 10]);
    expect(spread({ values, tokens: 4, channels: 2, exact: 0 })).toBeCloseTo(Math.sqrt(0.5));
  });
});
