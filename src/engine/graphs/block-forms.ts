import type { TensorType } from '../models/model.ts';
import { halfTable } from '../models/quant/half.ts';

/** Where the values of blocks go; `values` as MatMulNBits wants them, two to a byte when they have four bits. */
export interface BlockSink {
  readonly values: Uint8Array;
  readonly scales: Float32Array;
  /** Null when the form has none. */
  readonly offsets: Float32Array | null;
}

/**
 * How one of GGML's types is multiplied: a value is (stored − 2^(bits − 1)) · scale + offset, scale and offset for each
 * `block` values of a row. All of GGML's types fit without any loss.
 */
export interface BlockForm {
  readonly bits: 4 | 8;
  readonly block: 16 | 32;
  readonly hasOffsets: boolean;
  /** Of one of GGML's own blocks. */
  readonly storedBytes: number;
  readonly storedValues: 32 | 256;
  /** Decodes the stored block at byte `from`; `block` counts the sink's blocks. */
  put(stored: Uint8Array, from: number, sink: BlockSink, block: number): void;
}

export type BlockType = Exclude<TensorType, 'F32' | 'F16' | 'BF16'>;

/** The layouts are those of ggml-common.h; K types hold eight blocks of 32 or sixteen of 16 under one scale of scales. */
export const BLOCK_FORMS: Readonly<Record<BlockType, BlockForm>> = {
  Q8_0: {
    bits: 8,
    block: 32,
    hasOffsets: false,
    storedBytes: 34,
    storedValues: 32,
    put(stored, from, { values, scales }, block) {
      scales[block] = half(stored, from);
      for (let i = 0; i < 32; i++) values[block * 32 + i] = (stored[from + 2 + i] ?? 0) ^ 0x80;
    },
  },
  Q4_0: {
    bits: 4,
    block: 32,
    hasOffsets: false,
    storedBytes: 18,
    storedValues: 32,
    put(stored, from, { values, scales }, block) {
      scales[block] = half(stored, from);
      putHalves(stored, from + 2, values, block * 16);
    },
  },
  Q4_1: {
    bits: 4,
    block: 32,
    hasOffsets: true,
    storedBytes: 20,
    storedValues: 32,
    put(stored, from, { values, scales, offsets }, block) {
      const scale = half(stored, from);
      scales[block] = scale;
      if (offsets) offsets[block] = half(stored, from + 2) + 8 * scale;
      putHalves(stored, from + 4, values, block * 16);
    },
  },
  Q4_K: {
    bits: 4,
    block: 32,
    hasOffsets: true,
    storedBytes: 144,
    storedValues: 256,
    put(stored, from, sink, block) {
      putScalesAndMinima(stored, from, sink, block, 8);
      for (let sub = 0; sub < 8; sub++) {
        const nibbles = from + 16 + (sub >> 1) * 32;
        const shift = (sub & 1) * 4;
        for (let i = 0; i < 16; i++) {
          const low = ((stored[nibbles + 2 * i] ?? 0) >> shift) & 15;
          const high = ((stored[nibbles + 2 * i + 1] ?? 0) >> shift) & 15;
          sink.values[(block + sub) * 16 + i] = low | (high << 4);
        }
      }
    },
  },
  Q5_K: {
    bits: 8,
    block: 32,
    hasOffsets: true,
    storedBytes: 176,
    storedValues: 256,
    put(stored, from, sink, block) {
      putScalesAndMinima(stored, from, sink, block, 16);
      for (let sub = 0; sub < 8; sub++) {
        const nibbles = from + 48 + (sub >> 1) * 32;
        const shift = (sub & 1) * 4;
        for (let i = 0; i < 32; i++) {
          const fifth = ((stored[from + 16 + i] ?? 0) >> sub) & 1;
          const value = (((stored[nibbles + i] ?? 0) >> shift) & 15) | (fifth << 4);
          sink.values[(block + sub) * 32 + i] = value + 128 - 16;
        }
      }
    },
  },
  Q6_K: {
    bits: 8,
    block: 16,
    hasOffsets: false,
    storedBytes: 210,
    storedValues: 256,
    put(stored, from, { values, scales }, block) {
      const scale = half(stored, from + 208);
      for (let i = 0; i < 16; i++) scales[block + i] = scale * (((stored[from + 192 + i] ?? 0) << 24) >> 24);
      for (let i = 0; i < 256; i++) {
        const half128 = i >> 7;
        const quarter = (i >> 5) & 3;
        const low = stored[from + half128 * 64 + (i & 63)] ?? 0;
        const high = stored[from + 128 + half128 * 32 + (i & 31)] ?? 0;
        const value = ((low >> (quarter >= 2 ? 4 : 0)) & 15) | (((high >> (2 * quarter)) & 3) << 4);
        values[block * 16 + i] = value + 128 - 32;
      }
    },
  },
};

function half(stored: Uint8Array, at: number): number {
  return halfTable()[(stored[at] ?? 0) | ((stored[at + 1] ?? 0) << 8)] ?? 0;
}

/** Values 0 to 15 are the low halves of 16 bytes and 16 to 31 the high ones; MatMulNBits wants neighbours in one byte. */
function putHalves(stored: Uint8Array, from: number, values: Uint8Array, to: number): void {
  for (let i = 0; i < 8; i++) {
    const even = stored[from + 2 * i] ?? 0;
    const odd = stored[from + 2 * i + 1] ?? 0;
    values[to + i] = (even & 15) | ((odd & 15) << 4);
    values[to + 8 + i] = (even >> 4) | (odd & 0xf0);
  }
}

/** Q4_K's and Q5_K's head: two half floats and eight pairs of six bits. A value is d · scale · q − dmin · minimum. */
function putScalesAndMinima(
  stored: Uint8Array,
  from: number,
  { scales, offsets }: BlockSink,
  block: number,
  centre: number,
): void {
  const d = half(stored, from);
  const dmin = half(stored, from + 2);
  const packed = (i: number): number => stored[from + 4 + i] ?? 0;
  for (let sub = 0; sub < 8; sub++) {
    const six =
      sub < 4
        ? { scale: packed(sub) & 63, minimum: packed(sub + 4) & 63 }
        : {
            scale: (packed(sub + 4) & 15) | ((packed(sub - 4) >> 6) << 4),
            minimum: (packed(sub + 4) >> 4) | ((packed(sub) >> 6) << 4),
          };
    scales[block + sub] = d * six.scale;
    if (offsets) offsets[block + sub] = d * six.scale * centre - dmin * six.minimum;
  }
}
