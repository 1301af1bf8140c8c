import type { KvShape, KvType } from '../ports.ts';

/** What a cache of this type gives back for one head's key or value; tests and benchmarks compare with it. */
export function rounded(row: Float32Array, type: KvType): Float32Array {
  return type === 'bf16' ? row.map(toBf16) : toInt8(row);
}

function toBf16(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  const [was = 0] = bits;
  bits[0] = ((was + 0x7fff + ((was >>> 16) & 1)) & 0xffff0000) >>> 0;
  return new Float32Array(bits.buffer)[0] ?? 0;
}

/** The scale has 16 bits, so that 127 times it is exact. */
function toInt8(row: Float32Array): Float32Array {
  const bits = new Uint32Array(Float32Array.of(Math.max(...row.map(Math.abs)) / 127).buffer);
  const [was = 0] = bits;
  bits[0] = ((was + 0x7f + ((was >>> 8) & 1)) & 0xffffff00) >>> 0;
  const scale = new Float32Array(bits.buffer)[0] ?? 0;
  return scale === 0 ? row.map(() => 0) : row.map((x) => nearest(x / scale) * scale);
}

/** Ties to even. */
function nearest(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Attention of one row over keys and values, [tokens, kvHeads, headDim], in fp64. Returns [heads, headDim] and the largest scores. */
export function attention(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  { heads, kvHeads, headDim }: Pick<KvShape, 'heads' | 'kvHeads' | 'headDim'>,
): { readonly out: Float64Array; readonly m: Float64Array; readonly e: Float64Array } {
  const row = kvHeads * headDim;
  const tokens = k.length / row;
  const out = new Float64Array(heads * headDim);
  const m = new Float64Array(heads).fill(-Infinity);
  const e = new Float64Array(heads);
  for (let head = 0; head < heads; head++) {
    const kvHead = Math.floor((head * kvHeads) / heads);
    const scores = Array.from({ length: tokens }, (_, token) => {
      let sum = 0;
      for (let d = 0; d < headDim; d++)
        sum += (q[head * headDim + d] ?? 0) * (k[token * row + kvHead * headDim + d] ?? 0);
      return sum;
    });
    const top = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    m[head] = top;
    const weights = scores.map((score) => Math.exp(score - top));
    const total = weights.reduce((a, b) => a + b, 0);
    e[head] = total;
    weights.forEach((weight, token) => {
      for (let d = 0; d < headDim; d++) {
        const at = head * headDim + d;
        out[at] = (out[at] ?? 0) + (weight / total) * (v[token * row + kvHead * headDim + d] ?? 0);
      }
    });
  }
  return { out, m, e };
}
