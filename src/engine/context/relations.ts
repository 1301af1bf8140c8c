import type { LayerWeights, Model, Tensor } from '../models/model.ts';
import type { KvShape } from '../ports.ts';
import { type HeadGroup, headGroups } from './head-groups.ts';

/**
 * How the channels of a layer's keys and values follow from each other. All are linear in the same normed hidden state h, k =
 * W_k h and v = W_v h; for an h whose parts are alike and independent their covariance is G = W Wᵀ, and Cholesky's G = C Cᵀ
 * says what channel j is expected to be when the ones before are known: values = M · news, M = C · diag(C)⁻¹, where the news
 * of a channel are what the ones before do not tell. Computed from the weights: no context has to hold it.
 */
export interface Relations {
  of(layer: number, group: number): Relation;
}

/** Of a layer's group. */
export interface Relation {
  /** M, [channels, channels], lower triangular with ones on the diagonal. */
  readonly mixing: Float32Array;
  /** Expected size of each channel's news, [channels]. */
  readonly sizes: Float32Array;
}

/** Of what is expected; keeps the root of what rounding made negative away. */
const RIDGE = 1e-3;

/** Computed when asked for and kept. Whole doubles in a fixed order: reader and writer get the same bits on every machine. */
export function relationsOf(model: Model, kv: KvShape): Relations {
  const groups = headGroups(kv);
  const known = new Map<number, readonly Relation[]>();
  const compute = (layer: number): readonly Relation[] => {
    const weights = model.layers[layer];
    if (!weights) throw new RangeError(`the model has no layer ${layer}`);
    const [k, v] = [
      rowsOf(weights.k, weights, weights.kNorm, kv.headDim),
      rowsOf(weights.v, weights, null, kv.headDim),
    ];
    return groups.map((group) => relationOf(gram(rowsOfGroup(k, v, kv, group)), group.channels));
  };
  return {
    of(layer, group) {
      const all = known.get(layer) ?? compute(layer);
      known.set(layer, all);
      const matrix = all[group];
      if (!matrix) throw new RangeError(`there is no group ${group}`);
      return matrix;
    },
  };
}

/** Rows of the projection as they meet the hidden state before the norm's weights are multiplied in. */
function rowsOf(
  tensor: Tensor,
  { attentionNorm }: LayerWeights,
  headNorm: Tensor | null,
  headDim: number,
): readonly Float32Array[] {
  const norm = attentionNorm.floats();
  const ofHead = headNorm?.floats();
  const all = tensor.floats();
  return Array.from({ length: tensor.rows }, (_, row) =>
    all
      .slice(row * tensor.columns, (row + 1) * tensor.columns)
      .map((each, i) => each * norm[i]! * (ofHead?.[row % headDim] ?? 1)),
  );
}

function rowsOfGroup(
  k: readonly Float32Array[],
  v: readonly Float32Array[],
  { headDim }: KvShape,
  { firstHead, heads }: HeadGroup,
): readonly Float32Array[] {
  const [from, to] = [firstHead * headDim, (firstHead + heads) * headDim];
  return [...k.slice(from, to), ...v.slice(from, to)];
}

/** All scalar products of the rows; the lower triangle is filled. Four at once: rows are read from memory less often. */
function gram(given: readonly Float32Array[]): Float64Array {
  const rows = given.map((row) => Float64Array.from(row));
  const size = rows.length;
  const out = new Float64Array(size ** 2);
  for (let i = 0; i < size; i++) {
    const a = rows[i]!;
    for (let j = 0; j <= i; j += 4) {
      const b = rows[j]!;
      const c = rows[j + 1] ?? a;
      const d = rows[j + 2] ?? a;
      const e = rows[j + 3] ?? a;
      let sb = 0;
      let sc = 0;
      let sd = 0;
      let se = 0;
      for (let at = 0; at < a.length; at++) {
        const x = a[at]!;
        sb += x * b[at]!;
        sc += x * c[at]!;
        sd += x * d[at]!;
        se += x * e[at]!;
      }
      out[i * size + j] = sb;
      if (j + 1 <= i) out[i * size + j + 1] = sc;
      if (j + 2 <= i) out[i * size + j + 2] = sd;
      if (j + 3 <= i) out[i * size + j + 3] = se;
    }
  }
  return out;
}

/** Cholesky's factor of a covariance, of which the lower triangle is read and overwritten. */
export function relationOf(covariance: Float64Array, size: number): Relation {
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let sum = covariance[i * size + j]!;
      if (i === j) sum *= 1 + RIDGE;
      for (let at = 0, a = i * size, b = j * size; at < j; at++, a++, b++)
        sum -= covariance[a]! * covariance[b]!;
      const diagonal = covariance[j * size + j]!;
      covariance[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 0)) : diagonal > 0 ? sum / diagonal : 0;
    }
  const mixing = new Float32Array(size * size);
  const sizes = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const diagonal = covariance[j * size + j]!;
      mixing[i * size + j] = diagonal > 0 ? covariance[i * size + j]! / diagonal : 0;
    }
    mixing[i * size + i] = 1;
    sizes[i] = covariance[i * size + i]!;
  }
  return { mixing, sizes };
}
