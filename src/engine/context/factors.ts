import type { Products } from './products.ts';

/**
 * What the channels of one text have in common beyond what the weights tell: their news, each in its expected size, are
 * taken for y = F·f + noise with a few factors f, all of unit variance. A chunk carries the loadings F.
 */
export interface Factors {
  /** [rank, channels] */
  readonly loadings: Float32Array;
  readonly rank: number;
}

export const NO_FACTORS: Factors = { loadings: new Float32Array(0), rank: 0 };

/** A chunk of fewer tokens would pay more for factors than they save. */
export const RANK = 8;
const FEWEST_TOKENS = 512;
const ROUNDS = 12;

export function rankFor(tokens: number): number {
  return tokens >= FEWEST_TOKENS ? RANK : 0;
}

/**
 * Gains of the Kalman filter that guesses the factors from the channels before: its guess f starts at 0, channel j is
 * expected to be loadings[j]·f, and what it differs by, times gain[j], is added to f. Doubles in a fixed order.
 * @returns [channels, rank]
 */
export function gainsOf({ loadings, rank }: Factors, channels: number): Float32Array {
  const gains = new Float32Array(channels * rank);
  const covariance = Float64Array.from({ length: rank * rank }, (_, i) => (i % (rank + 1) === 0 ? 1 : 0));
  const spread = new Float64Array(rank);
  for (let channel = 0; channel < channels; channel++) {
    let variance = 1;
    for (let a = 0; a < rank; a++) {
      let sum = 0;
      for (let b = 0; b < rank; b++) sum += covariance[a * rank + b]! * loadings[b * channels + channel]!;
      spread[a] = sum;
      variance += sum * loadings[a * channels + channel]!;
    }
    for (let a = 0; a < rank; a++) {
      gains[channel * rank + a] = spread[a]! / variance;
      for (let b = 0; b < rank; b++) covariance[a * rank + b]! -= (spread[a]! * spread[b]!) / variance;
    }
  }
  return gains;
}

/** The same filter as relations between channels: [channels, channels], lower triangular with ones on the diagonal. */
export function mixingOf(factors: Factors, sizes: Float32Array, products: Products): Float32Array {
  const { loadings, rank } = factors;
  const channels = sizes.length;
  const gains = gainsOf(factors, channels).map((each, at) => {
    const size = sizes[Math.floor(at / rank)]!;
    return size > 0 ? each / size : 0;
  });
  const sized = loadings.map((each, at) => each * sizes[at % channels]!);
  const out = products.turned(sized, gains, rank);
  for (let row = 0; row < channels; row++) {
    out[row * channels + row] = 1;
    out.fill(0, row * channels + row + 1, (row + 1) * channels);
  }
  return out;
}

/** The strongest factors of a covariance [channels, channels], by subspace iteration. */
export function findFactors(covariance: Float32Array, channels: number, rank: number): Factors {
  let vectors: readonly Float64Array[] = Array.from({ length: rank }, (_, a) =>
    Float64Array.from({ length: channels }, (_each, i) => Math.sin(1 + (a + 1) * (i + 1))),
  );
  let strengths: readonly number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    vectors = vectors.map((vector) => times(covariance, vector));
    strengths = orthonormalise(vectors);
  }
  let trace = 0;
  for (let i = 0; i < channels; i++) trace += covariance[i * channels + i]!;
  const rest = (trace - strengths.reduce((a, b) => a + b, 0)) / Math.max(1, channels - rank);
  const loadings = new Float32Array(rank * channels);
  vectors.forEach((vector, a) => {
    const size = rest > 0 ? Math.sqrt(Math.max(0, strengths[a]! / rest - 1)) : 0;
    vector.forEach((each, i) => {
      loadings[a * channels + i] = size * each;
    });
  });
  return { loadings, rank };
}

function times(matrix: Float32Array, vector: Float64Array): Float64Array {
  const out = new Float64Array(vector.length);
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += matrix[row * vector.length + i]! * vector[i]!;
    out[row] = sum;
  }
  return out;
}

/** In place, one after the other. @returns how long each was, of what the ones before left of it */
function orthonormalise(vectors: readonly Float64Array[]): readonly number[] {
  return vectors.map((vector, a) => {
    for (const before of vectors.slice(0, a)) {
      let dot = 0;
      for (let i = 0; i < vector.length; i++) dot += vector[i]! * before[i]!;
      for (let i = 0; i < vector.length; i++) vector[i]! -= dot * before[i]!;
    }
    let squares = 0;
    for (const each of vector) squares += each * each;
    const length = Math.sqrt(squares);
    for (let i = 0; i < vector.length; i++) vector[i]! *= length > 0 ? 1 / length : 0;
    return length;
  });
}
