import type { Outcome, Sequence, Task } from './sequence.ts';

/** Log probability of each token of a text after those before it. */
export class Score implements Task {
  readonly rows = 'all';
  readonly #prompt: readonly number[];
  readonly #vocabSize: number;
  readonly #logprobs: Float64Array;
  readonly #done: (logprobs: Float64Array) => void;
  readonly #failed: (error: unknown) => void;
  #scored = 0;

  constructor(
    prompt: readonly number[],
    vocabSize: number,
    done: (logprobs: Float64Array) => void,
    failed: (error: unknown) => void,
  ) {
    this.#prompt = prompt;
    this.#vocabSize = vocabSize;
    this.#logprobs = new Float64Array(Math.max(0, prompt.length - 1));
    this.#done = done;
    this.#failed = failed;
  }

  wantedFrom(): number {
    return this.#scored;
  }

  take(logits: Float32Array, start: number, _sequence: Sequence): Outcome {
    const rows = logits.length / this.#vocabSize;
    for (let row = 0; row < rows; row++) {
      const next = this.#prompt[start + row + 1];
      if (next === undefined) break;
      const of = logits.subarray(row * this.#vocabSize, (row + 1) * this.#vocabSize);
      this.#logprobs[start + row] = logProbability(of, next);
    }
    this.#scored = start + rows;
    if (this.#scored < this.#logprobs.length) return { token: null, next: 'go' };
    this.#done(this.#logprobs);
    return { token: null, next: 'end' };
  }

  fail(error: unknown): void {
    this.#failed(error);
  }
}

export function logProbability(logits: Float32Array, token: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const x of logits) if (x > max) max = x;
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - max);
  return (logits[token] ?? Number.NaN) - max - Math.log(sum);
}
