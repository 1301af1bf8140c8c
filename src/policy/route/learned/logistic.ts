import { minimize } from './minimize.ts';

/** How probable success is for a vector: `1 / (1 + exp(−(weights · vector + bias)))`. */
export interface Head {
  readonly weights: readonly number[];
  readonly bias: number;
}

/**
 * Logistic regression with L2 regularisation of the weights: the lowest of `Σ loss + l2/2 · |weights|²`.
 * @param outcomes from 0 (failed) to 1 (succeeded), one a vector
 * @param rows the vectors that count; all when left out
 */
export function fitHead(
  vectors: readonly Float32Array[],
  outcomes: readonly number[],
  l2: number,
  rows: readonly number[] = vectors.map((_, index) => index),
): Head {
  const size = vectors[0]?.length ?? 0;
  const scale = 1 / Math.max(1, rows.length);
  const found = minimize(
    (at, gradient) => {
      gradient.fill(0);
      let loss = 0;
      for (const row of rows) {
        const vector = vectors[row]!;
        let logit = at[size]!;
        for (let i = 0; i < size; i++) logit += at[i]! * vector[i]!;
        const outcome = outcomes[row]!;
        // log(1 + exp(x)) without overflow.
        loss += Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - outcome * logit;
        const error = sigmoid(logit) - outcome;
        for (let i = 0; i < size; i++) gradient[i]! += error * vector[i]!;
        gradient[size]! += error;
      }
      let squares = 0;
      for (let i = 0; i < size; i++) {
        squares += at[i]! ** 2;
        gradient[i]! += l2 * at[i]!;
      }
      for (let i = 0; i <= size; i++) gradient[i]! *= scale;
      return scale * (loss + (l2 / 2) * squares);
    },
    new Float64Array(size + 1),
  );
  return { weights: [...found.subarray(0, size)], bias: found[size] ?? 0 };
}

export function successOf({ weights, bias }: Head, vector: Float32Array): number {
  let logit = bias;
  for (let i = 0; i < weights.length; i++) logit += weights[i]! * vector[i]!;
  return sigmoid(logit);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
