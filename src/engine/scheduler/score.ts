import type { Scheduler } from './scheduler.ts';
import type { Outcome, Task } from './sequence.ts';

/** Log probability of each token of a text after those before it. */
class Score implements Task {
  readonly rows = 'all';
  readonly logprobs: Float64Array;
  readonly #text: readonly number[];
  readonly #vocabSize: number;
  readonly #done: () => void;
  readonly fail: (error: unknown) => void;
  #scored = 0;

  constructor(
    text: readonly number[],
    vocabSize: number,
    done: () => void,
    failed: (error: unknown) => void,
  ) {
    this.#text = text;
    this.#vocabSize = vocabSize;
    this.logprobs = new Float64Array(text.length - 1);
    this.#done = done;
    this.fail = failed;
  }

  wantedFrom(): number {
    return this.#scored;
  }

  take(logits: Float32Array, start: number): Outcome {
    const rows = logits.length / this.#vocabSize;
    for (let row = 0; row < rows; row++) {
      const of = logits.subarray(row * this.#vocabSize, (row + 1) * this.#vocabSize);
      this.logprobs[start + row] = logProbability(of, this.#text[start + row + 1] ?? -1);
    }
    this.#scored = start + rows;
    if (this.#scored < this.logprobs.length) return { token: null, next: 'go' };
    this.#done();
    return { token: null, next: 'end' };
  }
}

/** @param text tokens whose log probabilities are wanted, the first one's excepted */
export async function score(
  text: readonly number[],
  scheduler: Scheduler,
  vocabSize: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  signal?.throwIfAborted();
  if (text.length === 1) return new Float64Array(0);
  const { promise, resolve, reject } = deferred();
  const task = new Score(text, vocabSize, resolve, reject);
  // The last token has no next one: its logits are not needed.
  const sequence = scheduler.submit(text.slice(0, -1), task);
  const abort = (): void => {
    scheduler.end(sequence);
    reject(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await promise;
    return task.logprobs;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function deferred() {
  let resolve = (): void => {};
  let reject = (_error: unknown): void => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

export function logProbability(logits: Float32Array, token: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const x of logits) if (x > max) max = x;
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - max);
  return (logits[token] ?? Number.NaN) - max - Math.log(sum);
}
