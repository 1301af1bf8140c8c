import type { KvShape } from '../../ports.ts';

/** Rounds keys or values, [rows, kvHeads, headDim], to what the cache will hold of them, in place. */
export function roundKv({ type, headDim }: Pick<KvShape, 'type' | 'headDim'>, values: Float32Array): void {
  if (type === 'bf16') roundToBf16(values);
  else for (let at = 0; at < values.length; at += headDim) roundToInt8(values.subarray(at, at + headDim));
}

/** To the nearest, ties to even. */
function roundToBf16(values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const each = bits[i] ?? 0;
    bits[i] = (each + 0x7fff + ((each >>> 16) & 1)) & 0xffff0000;
  }
}

/** The largest magnitude of one token's head becomes ±127. */
function roundToInt8(values: Float32Array): void {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return;
  const scale = largest / 127;
  for (let i = 0; i < values.length; i++) values[i] = Math.round((values[i] ?? 0) / scale) * scale;
}
