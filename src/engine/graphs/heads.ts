import type { LayerWeights, Model } from '../models/model.ts';
import type { AttentionInput } from './dense.ts';
import type { RopeRows } from './rope.ts';

/** From what QKV gives to what attention takes. @param qkv [rows, (heads + 2 · kvHeads) · headDim] */
export type TakeHeads = (qkv: Float32Array, turns: RopeRows) => AttentionInput;

/** Parts q, k and v of one layer, norms each head of q and k where the model does, and rotates them. */
export function headsOf(
  { heads, kvHeads, headDim, normEps, rope }: Model,
  { qNorm, kNorm }: LayerWeights,
): TakeHeads {
  const pairs = rope.dims / 2;
  const qSize = heads * headDim;
  const kvSize = kvHeads * headDim;
  const toScores = 1 / Math.sqrt(headDim);
  const norms =
    qNorm && kNorm ? { q: qNorm.floats().map((each) => each * toScores), k: kNorm.floats() } : null;
  return (qkv, turns) => {
    const rows = turns.cos.length / pairs;
    const q = new Float32Array(rows * qSize);
    const k = new Float32Array(rows * kvSize);
    const v = new Float32Array(rows * kvSize);
    for (let row = 0; row < rows; row++) {
      const at = row * (qSize + 2 * kvSize);
      q.set(qkv.subarray(at, at + qSize), row * qSize);
      k.set(qkv.subarray(at + qSize, at + qSize + kvSize), row * kvSize);
      v.set(qkv.subarray(at + qSize + kvSize, at + qSize + 2 * kvSize), row * kvSize);
    }
    if (norms) {
      normHeads(q, norms.q, normEps);
      normHeads(k, norms.k, normEps);
    }
    rotate(q, heads, headDim, pairs, turns);
    rotate(k, kvHeads, headDim, pairs, turns);
    return { q, k, v };
  };
}

/** RMS norm of each head's values, in place. */
function normHeads(x: Float32Array, weight: Float32Array, epsilon: number): void {
  const dim = weight.length | 0;
  for (let at = 0; at < x.length; at += dim) {
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += (x[at + i] ?? 0) ** 2;
    const by = 1 / Math.sqrt(sum / dim + epsilon);
    for (let i = 0; i < dim; i++) x[at + i] = (x[at + i] ?? 0) * by * (weight[i] ?? 0);
  }
}

/** Turns value i and value i + pairs of each head by angle i of the row, in place. @param x [rows, heads, dim] */
function rotate(x: Float32Array, heads: number, dim: number, pairs: number, { cos, sin }: RopeRows): void {
  const width = Math.imul(heads, dim);
  for (let at = 0, angle = 0; at < x.length; at += width, angle += pairs)
    for (let head = at; head < at + width; head += dim)
      for (let i = 0; i < pairs; i++) {
        const a = x[head + i] ?? 0;
        const b = x[head + pairs + i] ?? 0;
        const c = cos[angle + i] ?? 0;
        const s = sin[angle + i] ?? 0;
        x[head + i] = a * c - b * s;
        x[head + pairs + i] = b * c + a * s;
      }
}
