import type { TensorType } from '../model.ts';
import { halfTable } from './half.ts';
import { fromQ4K, fromQ5K, fromQ6K } from './k-quants.ts';
import { BLOCK_LAYOUTS } from './layout.ts';

const DECODERS: Readonly<Record<TensorType, (bytes: Uint8Array, out: Float32Array) => void>> = {
  F32: fromF32,
  F16: fromF16,
  BF16: fromBF16,
  Q8_0: fromQ8_0,
  Q4_0: fromQ4_0,
  Q4_1: fromQ4_1,
  Q4_K: fromQ4K,
  Q5_K: fromQ5K,
  Q6_K: fromQ6K,
};

/** The numbers of whole blocks, bit for bit those of ggml's reference `dequantize_row_*`. */
export function dequantize(type: TensorType, bytes: Uint8Array): Float32Array {
  const layout = BLOCK_LAYOUTS[type];
  const out = new Float32Array((bytes.length / layout.bytes) * layout.values);
  DECODERS[type](bytes, out);
  return out;
}

function fromF32(bytes: Uint8Array, out: Float32Array): void {
  new Uint8Array(out.buffer).set(bytes);
}

function fromF16(bytes: Uint8Array, out: Float32Array): void {
  const half = halfTable();
  for (let i = 0; i < out.length; i++) out[i] = half[word(bytes, 2 * i)] ?? 0;
}

function fromBF16(bytes: Uint8Array, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = word(bytes, 2 * i) << 16;
}

/** d, then 32 signed bytes. */
function fromQ8_0(bytes: Uint8Array, out: Float32Array): void {
  const half = halfTable();
  for (let at = 0, to = 0; to < out.length; at += 34, to += 32) {
    const d = half[word(bytes, at)] ?? 0;
    for (let i = 0; i < 32; i++) out[to + i] = d * (((bytes[at + 2 + i] ?? 0) << 24) >> 24);
  }
}

/** d, then 16 bytes: low nibbles are values 0 to 15, high nibbles 16 to 31, eight off. */
function fromQ4_0(bytes: Uint8Array, out: Float32Array): void {
  const half = halfTable();
  for (let at = 0, to = 0; to < out.length; at += 18, to += 32) {
    const d = half[word(bytes, at)] ?? 0;
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 2 + i] ?? 0;
      out[to + i] = d * ((pair & 15) - 8);
      out[to + 16 + i] = d * ((pair >> 4) - 8);
    }
  }
}

/** d and the least value m, then 16 bytes as in Q4_0. */
function fromQ4_1(bytes: Uint8Array, out: Float32Array): void {
  const half = halfTable();
  for (let at = 0, to = 0; to < out.length; at += 20, to += 32) {
    const d = half[word(bytes, at)] ?? 0;
    const m = half[word(bytes, at + 2)] ?? 0;
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 4 + i] ?? 0;
      out[to + i] = d * (pair & 15) + m;
      out[to + 16 + i] = d * (pair >> 4) + m;
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}
