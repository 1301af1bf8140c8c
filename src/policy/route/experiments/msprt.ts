import type { ArmSums } from '../../../core/experiment.ts';
import type { ExperimentMetric } from '../../../core/plan/route.ts';

/** Costs and latencies are compared as ratios: what is summed are their logarithms. */
const IS_SHARE: Readonly<Record<ExperimentMetric, boolean>> = {
  success: true,
  feedback: true,
  cost: false,
  latency: false,
};
/** Of outcomes that are all the same: nothing is known for sure. */
const LEAST_VARIANCE = 1e-6;

export interface Evidence {
  /** Mean of b less mean of a; a logarithm of their ratio for costs and latencies. */
  readonly difference: number;
  /** How much better a mixture of differences explains the outcomes than no difference does. */
  readonly likelihoodRatio: number;
}

/**
 * The mixture sequential probability ratio test of Johari, Koomen, Pekelis and Walsh, "Always valid inference" (2015,
 * section 4), after Robbins (1970): under no difference the ratio is a martingale that starts at 1, so that it exceeds
 * 1/α with a probability of at most α, however often one looks. For two sides with n_a and n_b outcomes the difference
 * of the means is about normal with variance V = σ_a²/n_a + σ_b²/n_b, and the mixture is N(0, τ²).
 *
 * @param effect τ: the difference at which the test is most powerful
 */
export function evidence(metric: ExperimentMetric, a: ArmSums, b: ArmSums, effect: number): Evidence {
  if (a.count === 0 || b.count === 0) return { difference: 0, likelihoodRatio: 1 };
  const share = IS_SHARE[metric];
  const difference = b.sum / b.count - a.sum / a.count;
  const variance = varianceOf(a, share) / a.count + varianceOf(b, share) / b.count;
  const mixed = variance + effect * effect;
  const exponent = (effect * effect * difference * difference) / (2 * variance * mixed);
  return { difference, likelihoodRatio: Math.sqrt(variance / mixed) * Math.exp(Math.min(exponent, 700)) };
}

/** Of shares with one good and one bad outcome more, so that few outcomes that are all good are no certainty. */
function varianceOf({ count, sum, squares }: ArmSums, share: boolean): number {
  if (share) {
    const p = (sum + 1) / (count + 2);
    return p * (1 - p);
  }
  if (count < 2) return Number.MAX_VALUE;
  return Math.max(LEAST_VARIANCE, (squares - (sum * sum) / count) / (count - 1));
}
