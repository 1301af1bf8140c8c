import type { LayerWeights, Model, Tensor } from '../models/model.ts';
import type { KvShape } from '../ports.ts';
import { type HeadGroup, headGroups } from './head-groups.ts';
import { openProducts, type Products } from './products.ts';

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

const MOST_PARTS = 1023;
/** Of what is expected; keeps the root of what rounding made negative away. */
const RIDGE = 1e-3;

/** Computed when asked for and kept. Reader and writer get the same bits on every machine. */
export function relationsOf(model: Model, kv: KvShape): Relations {
  const groups = headGroups(kv);
  let opened: Products | null = null;
  const known = new Map<number, readonly Relation[]>();
  const compute = (layer: number): readonly Relation[] => {
    const weights = model.layers[layer];
    if (!weights) throw new RangeError(`the model has no layer ${layer}`);
    const [k, v] = [
      rowsOf(weights.k, weights, weights.kNorm, kv.headDim),
      rowsOf(weights.v, weights, null, kv.headDim),
    ];
    const products = (opened ??= openProducts());
    return groups.map((group) => relationOf(gram(rowsOfGroup(k, v, kv, group), products), group.channels));
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
  return Array.from({ length: tensor.rows }, (_, row) => {
    const own = all.slice(row * tensor.columns, (row + 1) * tensor.columns);
    const by = ofHead?.[row % headDim] ?? 1;
    for (let i = 0; i < own.length; i++) own[i]! *= norm[i]! * by;
    return own;
  });
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

/**
 * All scalar products of the rows, each in whole parts of its largest number: few enough for a 32-bit float to hold every sum
 * exactly, so that they are the same in whatever order a machine adds them up.
 */
export function gram(rows: readonly Float32Array[], products: Products): Float64Array {
  const [size, columns] = [rows.length, rows[0]?.length ?? 0];
  const parts = Math.min(MOST_PARTS, Math.floor(Math.sqrt(2 ** 24 / columns)));
  const whole = new Float32Array(size * columns);
  const units = rows.map((row, i) => {
    let most = 0;
    for (const each of row) most = Math.max(most, Math.abs(each));
    const unit = most > 0 ? most / parts : 1;
    for (let at = 0; at < columns; at++) whole[i * columns + at] = Math.round(row[at]! / unit);
    return unit;
  });
  const sums = products.plain(whole, whole, columns);
  const out = new Float64Array(sums.length);
  for (let i = 0, at = 0; i < size; i++)
    for (let j = 0; j < size; j++, at++) out[at] = sums[at]! * units[i]! * units[j]!;
  return out;
}

/** Cholesky's factor of a covariance, of which the lower triangle is read and overwritten. */
export function relationOf(covariance: Float64Array, size: number): Relation {
  const rows = Array.from({ length: size }, (_, i) => covariance.subarray(i * size, (i + 1) * size));
  for (let i = 0; i < size; i += AT_ONCE) factorRows(rows, i, Math.min(size, i + AT_ONCE));
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

const AT_ONCE = 4;

/** Rows `from` to `to` of the factor, when those before are there. */
function factorRows(rows: readonly Float64Array[], from: number, to: number): void {
  const [a, b, c, d] = [rows[from]!, rows[from + 1], rows[from + 2], rows[from + 3]];
  // `from` is a multiple of four.
  if (b && c && d) for (let j = 0; j < from; j += 2) divideFourByTwo(rows[j]!, rows[j + 1]!, j, a, b, c, d);
  for (let i = from; i < to; i++)
    for (let j = b && c && d ? from : 0; j <= i; j++) divide(rows[j]!, j, rows[i]!, i === j);
}

function divide(before: Float64Array, j: number, own: Float64Array, isDiagonal: boolean): void {
  let sum = own[j]! * (isDiagonal ? 1 + RIDGE : 1);
  for (let at = 0; at < j; at++) sum -= before[at]! * own[at]!;
  own[j] = isDiagonal ? Math.sqrt(Math.max(sum, 0)) : quotient(sum, before[j]!);
}

/** Two columns of four rows at once, so that each number is read once for several; every sum in its order as ever. */
function divideFourByTwo(
  before: Float64Array,
  next: Float64Array,
  j: number,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
): void {
  let p = a[j]!;
  let q = b[j]!;
  let r = c[j]!;
  let s = d[j]!;
  let t = a[j + 1]!;
  let u = b[j + 1]!;
  let v = c[j + 1]!;
  let w = d[j + 1]!;
  for (let at = 0; at < j; at++) {
    const by = before[at]!;
    const then = next[at]!;
    const ofA = a[at]!;
    const ofB = b[at]!;
    const ofC = c[at]!;
    const ofD = d[at]!;
    p -= by * ofA;
    q -= by * ofB;
    r -= by * ofC;
    s -= by * ofD;
    t -= then * ofA;
    u -= then * ofB;
    v -= then * ofC;
    w -= then * ofD;
  }
  const [diagonal, following, between] = [before[j]!, next[j + 1]!, next[j]!];
  a[j] = quotient(p, diagonal);
  b[j] = quotient(q, diagonal);
  c[j] = quotient(r, diagonal);
  d[j] = quotient(s, diagonal);
  a[j + 1] = quotient(t - between * a[j], following);
  b[j + 1] = quotient(u - between * b[j], following);
  c[j + 1] = quotient(v - between * c[j], following);
  d[j + 1] = quotient(w - between * d[j], following);
}

function quotient(sum: number, diagonal: number): number {
  return diagonal > 0 ? sum / diagonal : 0;
}
