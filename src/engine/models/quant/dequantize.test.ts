import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TensorType } from '../model.ts';
import { bfloatBits, halfBits, quantize } from '../testing/quantize.contract.ts';
import { normals, randomOf } from '../testing/random.contract.ts';
import { dequantize } from './dequantize.ts';
import { halfTable } from './half.ts';
import { BLOCK_LAYOUTS, SUPPORTED_TYPES } from './layout.ts';

const f = Math.fround;

/** binary16 by its definition in IEEE 754. */
function half(bytes: Uint8Array, at: number): number {
  const bits = bytes[at]! + 256 * bytes[at + 1]!;
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const signed = (byte: number) => (byte > 127 ? byte - 256 : byte);

/** One block each, in single precision, step by step as ggml-quants.c describes the formats. */
const PLAIN: Record<TensorType, (b: Uint8Array) => number[]> = {
  F32: (b) => [new DataView(b.buffer, b.byteOffset).getFloat32(0, true)],
  F16: (b) => [half(b, 0)],
  BF16: (b) => [new DataView(Uint8Array.of(0, 0, b[0]!, b[1]!).buffer).getFloat32(0, true)],
  Q8_0: (b) => [...b.subarray(2)].map((q) => f(signed(q) * half(b, 0))),
  Q4_0: (b) => {
    const qs = [...b.subarray(2)];
    return [...qs.map((q) => q & 15), ...qs.map((q) => q >> 4)].map((q) => f((q - 8) * half(b, 0)));
  },
  Q4_1: (b) => {
    const qs = [...b.subarray(4)];
    return [...qs.map((q) => q & 15), ...qs.map((q) => q >> 4)].map((q) => f(f(q * half(b, 0)) + half(b, 2)));
  },
  Q4_K: (b) => kBlock(b, b.subarray(16), null),
  Q5_K: (b) => kBlock(b, b.subarray(48), b.subarray(16, 48)),
  Q6_K: (b) => {
    const out = Array.from<number>({ length: 256 });
    const d = half(b, 208);
    for (let n = 0; n < 2; n++) {
      const [ql, qh, sc] = [b.subarray(64 * n), b.subarray(128 + 32 * n), b.subarray(192 + 8 * n)];
      for (let l = 0; l < 32; l++) {
        const is = l >> 4;
        const q1 = ((ql[l]! & 15) | (((qh[l]! >> 0) & 3) << 4)) - 32;
        const q2 = ((ql[l + 32]! & 15) | (((qh[l]! >> 2) & 3) << 4)) - 32;
        const q3 = ((ql[l]! >> 4) | (((qh[l]! >> 4) & 3) << 4)) - 32;
        const q4 = ((ql[l + 32]! >> 4) | (((qh[l]! >> 6) & 3) << 4)) - 32;
        out[128 * n + l] = f(f(d * signed(sc[is]!)) * q1);
        out[128 * n + l + 32] = f(f(d * signed(sc[is + 2]!)) * q2);
        out[128 * n + l + 64] = f(f(d * signed(sc[is + 4]!)) * q3);
        out[128 * n + l + 96] = f(f(d * signed(sc[is + 6]!)) * q4);
      }
    }
    return out;
  },
};

function kBlock(b: Uint8Array, qs: Uint8Array, qh: Uint8Array | null): number[] {
  const q = b.subarray(4, 16);
  const pair = (j: number): [number, number] =>
    j < 4
      ? [q[j]! & 63, q[j + 4]! & 63]
      : [(q[j + 4]! & 15) | ((q[j - 4]! >> 6) << 4), (q[j + 4]! >> 4) | ((q[j]! >> 6) << 4)];
  const out: number[] = [];
  for (let j = 0; j < 8; j += 2) {
    for (const side of [0, 1]) {
      const [sc, m] = pair(j + side);
      const [d1, m1] = [f(half(b, 0) * sc), f(half(b, 2) * m)];
      for (let l = 0; l < 32; l++) {
        const byte = qs[j * 16 + l]!;
        const fifth = qh && qh[l]! & (1 << (j + side)) ? 16 : 0;
        out.push(f(f(d1 * ((side ? byte >> 4 : byte & 15) + fifth)) - m1));
      }
    }
  }
  return out;
}

describe('dequantize', () => {
  it.each(SUPPORTED_TYPES)('gives the numbers of the format, bit for bit, for any bytes of %s', (type) => {
    const { bytes: size } = BLOCK_LAYOUTS[type];
    fc.assert(
      fc.property(fc.uint8Array({ minLength: size * 3, maxLength: size * 3 }), (bytes) => {
        const expected = [0, 1, 2].flatMap((i) => PLAIN[type](bytes.slice(i * size, (i + 1) * size)));
        expect(dequantize(type, bytes)).toEqual(Float32Array.from(expected));
      }),
      { numRuns: 60 },
    );
  });

  it('gives what was worked out by hand', () => {
    const nibbles = Uint8Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4));
    const d = [0x00, 0x38]; // 0.5
    expect([...dequantize('Q4_0', Uint8Array.from([...d, ...nibbles]))]).toEqual([
      ...Array.from({ length: 16 }, (_, i) => (i - 8) / 2),
      ...Array.from({ length: 16 }, (_, i) => (7 - i) / 2),
    ]);
    const m = [0x00, 0xc0]; // -2
    expect([...dequantize('Q4_1', Uint8Array.from([...d, ...m, ...nibbles]))].slice(14, 18)).toEqual([
      5, 5.5, 5.5, 5,
    ]);
    expect(
      [
        ...dequantize('Q8_0', Uint8Array.from([...d, 127, 128, ...Array.from({ length: 30 }, () => 0)])),
      ].slice(0, 3),
    ).toEqual([63.5, -64, 0]);
    // Q4_K: d 0.5, dmin 1; sub-block 0 has scale 2 and minimum 3, sub-block 4 scale 0b110001 and minimum 0b100010.
    const q4k = new Uint8Array(144);
    q4k.set([0x00, 0x38, 0x00, 0x3c, 2 | (3 << 6), 0, 0, 0, 3 | (2 << 6), 0, 0, 0, 1 | (2 << 4)]);
    q4k[16] = 5;
    q4k[16 + 64] = 7;
    const values = dequantize('Q4_K', q4k);
    expect([values[0], values[1], values[32], values[128]]).toEqual([5 - 3, -3, 0, 7 * 24.5 - 34]);
    // Q6_K: d 1, scale of values 96 to 111 is -2; value 96 has low nibble 9 and high bits 2: 41 - 32.
    const q6k = new Uint8Array(210);
    q6k[32] = 9 << 4;
    q6k[128] = 2 << 6;
    q6k[192 + 6] = 254;
    q6k.set([0x00, 0x3c], 208);
    expect(dequantize('Q6_K', q6k)[96]).toBe(-18);
  });

  it('knows all halves', () => {
    const table = halfTable();
    const wrong = Array.from(table.keys()).filter((bits) => {
      const value = half(Uint8Array.of(bits & 255, bits >> 8), 0);
      return !Object.is(table[bits], value) || (!Number.isNaN(value) && halfBits(value) !== bits);
    });
    expect(table.length).toBe(65_536);
    expect(wrong).toEqual([]);
  });
});

describe('the quantisers of the tests', () => {
  const LARGEST_ERROR: Record<TensorType, number> = {
    F32: 0,
    F16: 0.001,
    BF16: 0.01,
    Q8_0: 0.02,
    Q4_0: 0.5,
    Q4_1: 0.35,
    Q4_K: 0.4,
    Q5_K: 0.2,
    Q6_K: 0.12,
  };
  it.each(SUPPORTED_TYPES)('keep %s close to what went in', (type) => {
    for (let seed = 0; seed < 20; seed++) {
      const values = normals(1024, 1, randomOf(seed));
      const back = dequantize(type, quantize(type, values));
      const worst = values.reduce((most, x, i) => Math.max(most, Math.abs(x - back[i]!)), 0);
      expect(worst).toBeLessThanOrEqual(LARGEST_ERROR[type]);
    }
  });

  it('keep zeros', () => {
    for (const type of SUPPORTED_TYPES) {
      const zeros = dequantize(type, quantize(type, new Float32Array(256)));
      expect(zeros.every((x) => x === 0)).toBe(true);
    }
  });

  it('round to bfloat16 with ties to even', () => {
    expect(bfloatBits(1)).toBe(0x3f80);
    expect(bfloatBits(1 + 2 ** -8)).toBe(0x3f80);
    expect(bfloatBits(1 + 3 * 2 ** -8)).toBe(0x3f82);
  });
});
