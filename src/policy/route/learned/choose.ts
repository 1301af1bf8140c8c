import type { Candidate, Chosen } from '../candidate.ts';
import { byCost } from '../candidate.ts';
import { successOf } from './logistic.ts';
import type { RouterModel } from './router-model.ts';

/**
 * The cheapest candidate from which no dearer one is expected to be better by `minGain`: from the cheapest on, each
 * dearer one is taken that promises so much more success than the one taken so far. Candidates that the router was not
 * trained on come last, in their order.
 * @param vector embedding of the question
 * @param minGain from 0 to 1
 */
export function chooseLearned(
  candidates: readonly Candidate[],
  { heads }: RouterModel,
  vector: Float32Array,
  minGain: number,
): Chosen {
  const known = candidates
    .flatMap((candidate) => {
      const head = heads[candidate.name];
      return head ? [{ candidate, success: successOf(head, vector) }] : [];
    })
    .sort((a, b) => byCost(a.candidate, b.candidate));
  const [cheapest] = known;
  if (!cheapest) return { order: candidates, why: 'the router was trained on none of them' };
  let best = cheapest;
  for (const each of known) if (each.success - best.success >= minGain && each !== best) best = each;
  const others = known.filter((each) => each !== best).sort((a, b) => b.success - a.success);
  const first = [best, ...others].map(({ candidate }) => candidate);
  const shown = known.map(({ candidate, success }) => `${candidate.name} ${success.toFixed(2)}`);
  return {
    order: [...first, ...candidates.filter((candidate) => !first.includes(candidate))],
    why: `expected to succeed: ${shown.join(', ')}; a dearer one must promise ${minGain} more`,
  };
}
