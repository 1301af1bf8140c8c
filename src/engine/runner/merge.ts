import type { KvShape, Partials } from '../ports.ts';

type HeadShape = Pick<KvShape, 'heads' | 'headDim'>;

/**
 * Adds a shard's partials to those of the batch, in place; exact (arXiv 2401.02669, equation 3).
 * @param rows row of `into` that is row i of `from`
 */
export function mergeRows(
  into: Partials,
  from: Partials,
  rows: Int32Array,
  { heads, headDim }: HeadShape,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    for (let head = 0; head < heads; head++) {
      const to = row * heads + head;
      const at = i * heads + head;
      const mA = into.m[to] ?? -Infinity;
      const mB = from.m[at] ?? -Infinity;
      if (mB === -Infinity) continue;
      const m = Math.max(mA, mB);
      const a = Math.exp(mA - m);
      const b = Math.exp(mB - m);
      into.m[to] = m;
      into.e[to] = (into.e[to] ?? 0) * a + (from.e[at] ?? 0) * b;
      const target = into.ma.subarray(to * headDim, (to + 1) * headDim);
      const source = from.ma.subarray(at * headDim, (at + 1) * headDim);
      for (let d = 0; d < headDim; d++) target[d] = (target[d] ?? 0) * a + (source[d] ?? 0) * b;
    }
  }
}

/** Attention's output out of complete partials, in place: `ma` divided by `e`. */
export function finish({ e, ma }: Partials, { headDim }: HeadShape): Float32Array {
  for (let at = 0; at < e.length; at++) {
    const share = 1 / (e[at] ?? 1);
    const head = ma.subarray(at * headDim, (at + 1) * headDim);
    for (let d = 0; d < headDim; d++) head[d] = (head[d] ?? 0) * share;
  }
  return ma;
}
