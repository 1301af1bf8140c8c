import type { CausalAttention } from '../attention/causal.ts';
import type { KvShape, Partials } from '../ports.ts';
import type { SelfAttention } from './run-step.ts';

/** Each slice for itself. A slice of one token, as in decode, sees just that token: no call is needed. */
export function selfAttention(kv: KvShape, causal: CausalAttention): SelfAttention {
  const { heads, kvHeads, headDim } = kv;
  const qWidth = heads * headDim;
  const kvWidth = kvHeads * headDim;
  return (q, k, v, sliceRows) => {
    const rows = sliceRows[sliceRows.length - 1] ?? 0;
    const part = (from: number, to: number): Partials =>
      causal(
        q.subarray(from * qWidth, to * qWidth),
        k.subarray(from * kvWidth, to * kvWidth),
        v.subarray(from * kvWidth, to * kvWidth),
      );
    if (sliceRows.length === 2 && rows > 1) return part(0, rows);
    const all: Partials = {
      m: new Float32Array(rows * heads),
      e: new Float32Array(rows * heads).fill(1),
      ma: new Float32Array(rows * qWidth),
    };
    for (let i = 0; i + 1 < sliceRows.length; i++) {
      const from = sliceRows[i] ?? 0;
      const to = sliceRows[i + 1] ?? 0;
      if (to - from === 1) oneRow(kv, from, q, k, v, all);
      else if (to > from) {
        const { m, e, ma } = part(from, to);
        all.m.set(m, from * heads);
        all.e.set(e, from * heads);
        all.ma.set(ma, from * qWidth);
      }
    }
    return all;
  };
}

function oneRow(
  { heads, kvHeads, headDim }: KvShape,
  row: number,
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  { m, ma }: Partials,
): void {
  const group = heads / kvHeads;
  for (let head = 0; head < heads; head++) {
    const qAt = (row * heads + head) * headDim;
    const kvAt = (row * kvHeads + Math.floor(head / group)) * headDim;
    let score = 0;
    for (let d = 0; d < headDim; d++) score += (q[qAt + d] ?? 0) * (k[kvAt + d] ?? 0);
    m[row * heads + head] = score;
    ma.set(v.subarray(kvAt, kvAt + headDim), qAt);
  }
}
