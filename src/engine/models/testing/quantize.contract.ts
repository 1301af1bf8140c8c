import type { TensorType } from '../model.ts';
import { BLOCK_LAYOUTS, bytesOf } from '../quant/layout.ts';

/** Writes one block of `values` at byte `at`. Good enough to be valid and close; not tuned as ggml's own. */
type BlockWriter = (values: Float32Array, view: DataView, at: number) => void;

const WRITERS: Readonly<Record<TensorType, BlockWriter>> = {
  F32: ([x], view, at) => view.setFloat32(at, x!, true),
  F16: ([x], view, at) => view.setUint16(at, halfBits(x!), true),
  BF16: ([x], view, at) => view.setUint16(at, bfloatBits(x!), true),
  Q8_0: writeQ8_0,
  Q4_0: writeQ4_0,
  Q4_1: writeQ4_1,
  Q4_K: (values, view, at) => writeFiveOrFour(values, view, at, 15),
  Q5_K: (values, view, at) => writeFiveOrFour(values, view, at, 31),
  Q6_K: writeQ6_K,
};

/** @throws when the values are not whole blocks */
export function quantize(type: TensorType, values: Float32Array): Uint8Array {
  const layout = BLOCK_LAYOUTS[type];
  if (values.length % layout.values !== 0) {
    throw new Error(`${values.length} values are not whole blocks of ${type} (${layout.values})`);
  }
  const bytes = new Uint8Array(bytesOf(type, values.length));
  const view = new DataView(bytes.buffer);
  for (let from = 0, at = 0; from < values.length; from += layout.values, at += layout.bytes) {
    WRITERS[type](values.subarray(from, from + layout.values), view, at);
  }
  return bytes;
}

/** binary16, ties to even. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | evenRound(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  const unit = size < 2 ** exponent ? exponent - 1 : exponent;
  return sign + (((unit + 15) << 10) + evenRound((size / 2 ** unit - 1) * 1024));
}

export function bfloatBits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function evenRound(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest === 0.5) return floor + (floor & 1);
  return rest > 0.5 ? floor + 1 : floor;
}

function setHalf(view: DataView, at: number, value: number): void {
  view.setUint16(at, halfBits(value), true);
}

function writeQ8_0(values: Float32Array, view: DataView, at: number): void {
  const d = largest(values) / 127;
  setHalf(view, at, d);
  values.forEach((x, i) => view.setInt8(at + 2 + i, d === 0 ? 0 : Math.round(x / d)));
}

function writeQ4_0(values: Float32Array, view: DataView, at: number): void {
  const extreme = values.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0);
  const d = extreme / -8;
  setHalf(view, at, d);
  writeNibbles(view, at + 2, values, (x) => clamp(d === 0 ? 8 : Math.round(x / d) + 8, 0, 15));
}

function writeQ4_1(values: Float32Array, view: DataView, at: number): void {
  const least = Math.min(...values);
  const d = (Math.max(...values) - least) / 15;
  setHalf(view, at, d);
  setHalf(view, at + 2, least);
  writeNibbles(view, at + 4, values, (x) => clamp(d === 0 ? 0 : Math.round((x - least) / d), 0, 15));
}

/** 32 values: low nibbles are the first half. */
function writeNibbles(view: DataView, at: number, values: Float32Array, code: (x: number) => number): void {
  for (let i = 0; i < 16; i++) view.setUint8(at + i, code(values[i]!) | (code(values[i + 16]!) << 4));
}

/** Q4_K (`most` 15) and Q5_K (`most` 31). */
function writeFiveOrFour(values: Float32Array, view: DataView, at: number, most: number): void {
  const subs = Array.from({ length: 8 }, (_, sub) => values.subarray(sub * 32, sub * 32 + 32));
  const minima = subs.map((sub) => Math.max(0, -Math.min(...sub)));
  const scales = subs.map((sub, i) => Math.max(0, Math.max(...sub) + minima[i]!) / most);
  const d = Math.max(...scales) / 63;
  const dmin = Math.max(...minima) / 63;
  const scaleCodes = scales.map((scale) => (d === 0 ? 0 : Math.round(scale / d)));
  const minimumCodes = minima.map((minimum) => (dmin === 0 ? 0 : Math.round(minimum / dmin)));
  setHalf(view, at, d);
  setHalf(view, at + 2, dmin);
  packScales(view, at + 4, scaleCodes, minimumCodes);
  const nibblesAt = at + (most === 31 ? 48 : 16);
  subs.forEach((sub, index) => {
    const scale = d * scaleCodes[index]!;
    const minimum = dmin * minimumCodes[index]!;
    sub.forEach((x, i) => {
      const code = scale === 0 ? 0 : clamp(Math.round((x + minimum) / scale), 0, most);
      orInto(view, nibblesAt + (index >> 1) * 32 + i, (code & 15) << ((index & 1) * 4));
      if (most === 31) orInto(view, at + 16 + i, (code >> 4) << index);
    });
  });
}

function packScales(view: DataView, at: number, scales: readonly number[], minima: readonly number[]): void {
  for (let i = 0; i < 4; i++) {
    view.setUint8(at + i, scales[i]! | ((scales[i + 4]! >> 4) << 6));
    view.setUint8(at + 4 + i, minima[i]! | ((minima[i + 4]! >> 4) << 6));
    view.setUint8(at + 8 + i, (scales[i + 4]! & 15) | ((minima[i + 4]! & 15) << 4));
  }
}

function writeQ6_K(values: Float32Array, view: DataView, at: number): void {
  const groups = Array.from({ length: 16 }, (_, group) => values.subarray(group * 16, group * 16 + 16));
  const scales = groups.map((group) => largest(group) / 31);
  const d = Math.max(...scales) / 127;
  setHalf(view, at + 208, d);
  groups.forEach((group, index) => {
    const code = d === 0 ? 0 : Math.round(scales[index]! / d);
    view.setInt8(at + 192 + index, code);
    group.forEach((x, j) => {
      const q = code === 0 ? 32 : clamp(Math.round(x / (d * code)) + 32, 0, 63);
      const i = index * 16 + j;
      const [side, quarter, column] = [i >> 7, (i >> 5) & 3, i & 31];
      orInto(view, at + side * 64 + (quarter & 1) * 32 + column, (q & 15) << ((quarter >> 1) * 4));
      orInto(view, at + 128 + side * 32 + column, (q >> 4) << (quarter * 2));
    });
  });
}

function orInto(view: DataView, at: number, bits: number): void {
  view.setUint8(at, view.getUint8(at) | bits);
}

function largest(values: Float32Array): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

function clamp(x: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, x));
}
