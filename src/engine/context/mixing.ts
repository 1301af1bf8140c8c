import { findFactors, type Factors, mixingOf } from './factors.ts';
import type { Products } from './products.ts';
import type { Relation } from './relations.ts';

/** What values are made of news with: the weights' relations, after the text's own. */
export function mixingWith({ mixing, sizes }: Relation, factors: Factors, products: Products): Float32Array {
  if (factors.rank === 0) return mixing;
  return products.straight(mixing, mixingOf(factors, sizes, products), sizes.length);
}

/** The factors of values [tokens, channels] beside what the weights tell of them. `left` tokens do not count. */
export function factorsOf(
  values: Float32Array,
  left: readonly number[],
  { mixing, sizes }: Relation,
  rank: number,
  products: Products,
): Factors {
  const channels = sizes.length;
  const tokens = values.length / channels;
  const columns = centred(values, tokens, channels, new Set(left));
  const inverse = inverseOf(mixing, channels);
  for (let row = 0; row < channels; row++) {
    const size = sizes[row]!;
    for (let i = 0; i <= row; i++) inverse[row * channels + i]! *= size > 0 ? 1 / size : 0;
  }
  const covariance = products.plain(columns, columns, tokens);
  return findFactors(
    products.plain(products.plain(inverse, covariance, channels), inverse, channels),
    channels,
    rank,
  );
}

/** [channels, tokens], every channel around its mean and in parts of the root of the tokens; zeros for those left out. */
function centred(
  values: Float32Array,
  tokens: number,
  channels: number,
  left: ReadonlySet<number>,
): Float32Array {
  const out = new Float32Array(channels * tokens);
  const kept = Array.from({ length: tokens }, (_, token) => token).filter((token) => !left.has(token));
  const by = 1 / Math.sqrt(Math.max(1, kept.length));
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (const token of kept) sum += values[token * channels + channel]!;
    const mean = sum / Math.max(1, kept.length);
    for (const token of kept)
      out[channel * tokens + token] = (values[token * channels + channel]! - mean) * by;
  }
  return out;
}

/** Of a lower triangular matrix with ones on the diagonal. */
export function inverseOf(matrix: Float32Array, size: number): Float32Array {
  const out = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    const own = out.subarray(row * size, (row + 1) * size);
    for (let other = 0; other < row; other++) {
      const by = matrix[row * size + other]!;
      const before = out.subarray(other * size, (other + 1) * size);
      for (let i = 0; i <= other; i++) own[i]! -= by * before[i]!;
    }
    own[row] = 1;
  }
  return out;
}

/** Of a matrix with so many rows. */
export function transposed(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  const out = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < columns; i++) out[i * rows + row] = matrix[row * columns + i]!;
  return out;
}
