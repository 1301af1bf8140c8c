import type { KvShape, Partials } from '../../ports.ts';

/** Causal attention within each slice, plainly. */
export function plainSelfPartials(
  { heads, kvHeads, headDim }: KvShape,
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  sliceRows: Int32Array,
): Partials {
  const rows = sliceRows.at(-1) ?? 0;
  const m = new Float32Array(rows * heads);
  const e = new Float32Array(rows * heads);
  const ma = new Float32Array(rows * heads * headDim);
  for (let slice = 0; slice + 1 < sliceRows.length; slice++)
    for (let row = sliceRows[slice]!; row < sliceRows[slice + 1]!; row++)
      for (let head = 0; head < heads; head++) {
        const at = row * heads + head;
        const kvHead = Math.floor((head * kvHeads) / heads);
        const query = q.subarray(at * headDim, (at + 1) * headDim);
        const scores: number[] = [];
        for (let other = sliceRows[slice]!; other <= row; other++) {
          const key = k.subarray((other * kvHeads + kvHead) * headDim);
          scores.push(query.reduce((sum, each, d) => sum + each * key[d]!, 0));
        }
        m[at] = Math.max(...scores);
        scores.forEach((score, i) => {
          const share = Math.exp(score - m[at]!);
          e[at]! += share;
          const value = v.subarray(((sliceRows[slice]! + i) * kvHeads + kvHead) * headDim);
          for (let d = 0; d < headDim; d++) ma[at * headDim + d]! += share * value[d]!;
        });
      }
  return { m, e, ma };
}
