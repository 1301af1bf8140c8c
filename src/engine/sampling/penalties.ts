import type { SamplingOptions } from '../ports.ts';

/** Tokens that came before: of the prompt, and of the answer so far. */
export interface History {
  readonly prompt: readonly number[];
  readonly output: readonly number[];
}

/**
 * Lowers the logits of tokens that came before, as vLLM does: `repetitionPenalty` divides (multiplies, below 0) those
 * of prompt and answer; then `frequencyPenalty` per occurrence and `presencePenalty` once, in the answer alone, as
 * OpenAI defines them. Counts go on from call to call, so a token costs what is new in the history.
 */
export class Penalties {
  readonly #options: SamplingOptions;
  readonly #counts = new Map<number, number>();
  #history: History | null = null;
  #counted = 0;

  constructor(options: SamplingOptions) {
    this.#options = options;
  }

  get none(): boolean {
    const { frequencyPenalty, presencePenalty, repetitionPenalty } = this.#options;
    return frequencyPenalty === 0 && presencePenalty === 0 && repetitionPenalty === 1;
  }

  /** Changes `logits` in place. */
  apply(logits: Float64Array, history: History): void {
    this.#count(history);
    const { frequencyPenalty, presencePenalty, repetitionPenalty } = this.#options;
    for (const [token, count] of this.#counts) {
      if (token < 0 || token >= logits.length) continue;
      const logit = logits[token] ?? 0;
      const repeated = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      logits[token] = count === 0 ? repeated : repeated - frequencyPenalty * count - presencePenalty;
    }
  }

  #count(history: History): void {
    const { prompt, output } = history;
    if (
      this.#history?.prompt !== prompt ||
      this.#history.output !== output ||
      output.length < this.#counted
    ) {
      this.#history = { prompt, output };
      this.#counts.clear();
      this.#counted = 0;
      if (this.#options.repetitionPenalty !== 1) for (const token of prompt) this.#counts.set(token, 0);
    }
    for (; this.#counted < output.length; this.#counted++) {
      const token = output[this.#counted] ?? 0;
      this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
    }
  }
}
