import { halfTable } from './half.ts';

// Scales have 11 significant bits times 6, values at most 6 more: every product below is exact in a double, and so is
// each sum, so that the one rounding on the store gives the float that ggml's own arithmetic gives, fused or not.

/** Eight sub-blocks of 32; scale and minimum of each have 6 bits, packed into 12 bytes. */
function scaleOf(bytes: Uint8Array, at: number, sub: number): number {
  if (sub < 4) return (bytes[at + sub] ?? 0) & 63;
  return ((bytes[at + sub + 4] ?? 0) & 15) | (((bytes[at + sub - 4] ?? 0) >> 6) << 4);
}

function minimumOf(bytes: Uint8Array, at: number, sub: number): number {
  if (sub < 4) return (bytes[at + sub + 4] ?? 0) & 63;
  return ((bytes[at + sub + 4] ?? 0) >> 4) | (((bytes[at + sub] ?? 0) >> 6) << 4);
}

/** d, dmin, 12 bytes of scales, 128 bytes of nibbles: each 32 bytes hold two sub-blocks. */
export function fromQ4K(bytes: Uint8Array, out: Float32Array): void {
  const half = halfTable();
  for (let at = 0, to = 0; to < out.length; at += 144, to += 256) {
    const d = half[word(bytes, at)] ?? 0;
    const dmin = half[word(bytes, at + 2)] ?? 0;
    for (let sub = 0; sub < 8; sub++) {
      const scale = d * scaleOf(bytes, at + 4, sub);
      const minimum = dmin * minimumOf(bytes, at + 4, sub);
      const from = at + 16 + (sub >> 1) * 32;
      const shift = (sub & 1) * 4;
      for (let i = 0; i < 32; i++) {
        out[to + sub * 32 + i] = scale * (((bytes[from + i] ?? 0) >> shift) & 15) - minimum;
      }
    }
  }
}

/** As Q4_K, with 32 bytes between scales and nibbles whose bit s is the fifth bit of sub-block s. */
export function fromQ5K(bytes: Uint8Array, out: Float32Array): void {
  const half = halfTable();
  for (let at = 0, to = 0; to < out.length; at += 176, to += 256) {
    const d = half[word(bytes, at)] ?? 0;
    const dmin = half[word(bytes, at + 2)] ?? 0;
    for (let sub = 0; sub < 8; sub++) {
      const scale = d * scaleOf(bytes, at + 4, sub);
      const minimum = dmin * minimumOf(bytes, at + 4, sub);
      const from = at + 48 + (sub >> 1) * 32;
      const shift = (sub & 1) * 4;
      for (let i = 0; i < 32; i++) {
        const high = (((bytes[at + 16 + i] ?? 0) >> sub) & 1) << 4;
        out[to + sub * 32 + i] = scale * ((((bytes[from + i] ?? 0) >> shift) & 15) | high) - minimum;
      }
    }
  }
}

/** 128 bytes of low nibbles, 64 of high bit pairs, 16 signed scales of 16 values each, d; for either half of 128 values. */
export function fromQ6K(bytes: Uint8Array, out: Float32Array): void {
  const half = halfTable();
  for (let at = 0, to = 0; to < out.length; at += 210, to += 256) {
    const d = half[word(bytes, at + 208)] ?? 0;
    for (let i = 0; i < 256; i++) {
      const side = i >> 7;
      const quarter = (i >> 5) & 3;
      const column = i & 31;
      const low = (bytes[at + side * 64 + (quarter & 1) * 32 + column] ?? 0) >> ((quarter >> 1) * 4);
      const high = (bytes[at + 128 + side * 32 + column] ?? 0) >> (quarter * 2);
      const scale = ((bytes[at + 192 + (i >> 4)] ?? 0) << 24) >> 24;
      out[to + i] = d * scale * (((low & 15) | ((high & 3) << 4)) - 32);
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}
