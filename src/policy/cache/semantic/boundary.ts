/** One comparison of a stored answer with a fresh one. */
export interface Observation {
  readonly similarity: number;
  readonly correct: boolean;
}

/** Similarities at which half of the answers are right. */
const MIDDLES = Array.from({ length: 21 }, (_, at) => 0.6 + at * 0.025);
const STEEPNESSES = [8, 16, 32, 64, 128] as const;
const CELLS = MIDDLES.length * STEEPNESSES.length;
/** Weight of what is assumed before anything was seen, in entries. */
const ASSUMED = 4;

/**
 * Where the boundary between right and wrong answers lies, entry by entry. As in vCache (Schroeder et al., arXiv
 * 2502.03771), an entry's answer is right with probability σ(γ·(similarity − t)), and its own observations say which t
 * and γ are likely. What is known before the first of them are the boundaries of all entries together: their
 * distribution over a grid of (t, γ) is estimated from everything seen (empirical Bayes, Robbins 1956).
 */
export class Boundaries {
  readonly #together = new Float64Array(CELLS);
  #entries = 0;

  /** The chance that the entry's answer is right for a question of this similarity. */
  chance(similarity: number, own: readonly Observation[]): number {
    const posterior = this.#posterior(own);
    let chance = 0;
    for (let cell = 0; cell < CELLS; cell++) chance += (posterior[cell] ?? 0) * sigmoid(cell, similarity);
    return chance;
  }

  /** Learns from the entry's newest observation. @param earlier those before it */
  learn(earlier: readonly Observation[], newest: Observation): void {
    const before = earlier.length === 0 ? null : this.#posterior(earlier);
    const after = this.#posterior([...earlier, newest]);
    for (let cell = 0; cell < CELLS; cell++) {
      const changed = (this.#together[cell] ?? 0) + (after[cell] ?? 0) - (before?.[cell] ?? 0);
      this.#together[cell] = Math.max(0, changed);
    }
    if (!before) this.#entries += 1;
  }

  #posterior(own: readonly Observation[]): Float64Array {
    const weights = new Float64Array(CELLS);
    const total = this.#entries + ASSUMED;
    let sum = 0;
    for (let cell = 0; cell < CELLS; cell++) {
      let weight = ((this.#together[cell] ?? 0) + ASSUMED / CELLS) / total;
      for (const { similarity, correct } of own) {
        const right = sigmoid(cell, similarity);
        weight *= correct ? right : 1 - right;
      }
      weights[cell] = weight;
      sum += weight;
    }
    for (let cell = 0; cell < CELLS; cell++) weights[cell] = sum > 0 ? (weights[cell] ?? 0) / sum : 1 / CELLS;
    return weights;
  }
}

function sigmoid(cell: number, similarity: number): number {
  const middle = MIDDLES[Math.floor(cell / STEEPNESSES.length)] ?? 0;
  const steepness = STEEPNESSES[cell % STEEPNESSES.length] ?? 1;
  return 1 / (1 + Math.exp(-steepness * (similarity - middle)));
}
