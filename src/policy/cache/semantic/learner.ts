import { Boundaries, type Observation } from './boundary.ts';
import { isBoundedBy, type Tally, upperBound } from './bounds.ts';

/**
 * Every pair of a least similarity and a least chance is one candidate rule for which answers are given. Few: each of them
 * takes its part of what may go wrong.
 */
const SIMILARITIES = [0, 0.9, 0.95, 0.98] as const;
const CHANCES = [0.8, 0.95] as const;
const RULES = SIMILARITIES.flatMap((leastSimilarity) =>
  CHANCES.map((leastChance) => ({ leastSimilarity, leastChance })),
);

export interface Risk {
  /** Largest share of wrong answers among those given from the cache. */
  readonly maxErrorRate: number;
  /** How sure that is to hold, in (0, 1). */
  readonly confidence: number;
  /** Part of `maxErrorRate` that is left for what changes between the comparisons and the answers given, in [0, 1). */
  readonly margin: number;
}

/** A rule in force: answers this similar, with such a chance, are given. */
export interface Rule {
  readonly leastSimilarity: number;
  readonly leastChance: number;
  /** Comparisons that it rests on. */
  readonly compared: number;
  /** Largest share of wrong answers among those that it gives, at the confidence asked for. */
  readonly errorBound: number;
}

/**
 * Learns for one group of calls which stored answers may be given. An entry's own boundary gives the chance that its
 * answer is right; whether such chances can be relied on is not assumed but counted: chances are noted before the
 * comparison, and the rule in force is that with the most comparisons among those whose errors are bounded by what is
 * asked, less a margin. The bounds of all rules hold together and at all times with the confidence asked for, for the mean
 * over what was compared; the margin is for calls that are answered and not like it.
 */
export class Learner {
  readonly #boundaries = new Boundaries();
  readonly #tallies: Tally[] = RULES.map(() => ({ n: 0, errors: 0 }));
  #compared = 0;
  /** Found anew after each comparison, for one risk at a time. */
  #rule: { readonly risk: Risk; readonly rule: Rule | null } | null = null;

  /** Comparisons that it has learnt from. */
  get compared(): number {
    return this.#compared;
  }

  /** The estimated chance that an entry's answer is right for a question of that similarity. */
  chance(similarity: number, own: readonly Observation[]): number {
    return this.#boundaries.chance(similarity, own);
  }

  /** Null while nothing can be given. */
  rule(risk: Risk): Rule | null {
    if (this.#rule?.risk !== risk) this.#rule = { risk, rule: this.#find(risk) };
    return this.#rule.rule;
  }

  /** @param chance as it was before the comparison. @param earlier the entry's observations before this one */
  learn(chance: number, earlier: readonly Observation[], newest: Observation): void {
    this.#boundaries.learn(earlier, newest);
    this.#compared += 1;
    this.#rule = null;
    for (const [at, { leastSimilarity, leastChance }] of RULES.entries()) {
      if (newest.similarity < leastSimilarity || chance < leastChance) continue;
      const { n, errors } = this.#tallies[at] ?? { n: 0, errors: 0 };
      this.#tallies[at] = { n: n + 1, errors: errors + (newest.correct ? 0 : 1) };
    }
  }

  #find({ confidence, margin, maxErrorRate }: Risk): Rule | null {
    const alpha = (1 - confidence) / RULES.length;
    const share = maxErrorRate * (1 - margin);
    let best = -1;
    for (const [at, tally] of this.#tallies.entries())
      if (tally.n > (this.#tallies[best]?.n ?? 0) && isBoundedBy(share, tally, alpha)) best = at;
    const [rule, tally] = [RULES[best], this.#tallies[best]];
    return rule && tally ? { ...rule, compared: tally.n, errorBound: upperBound(tally, alpha) } : null;
  }
}
