import { sample } from '../stats/beta.ts';
import type { Strategy } from '../candidate.ts';

/**
 * Thompson sampling: each target's share of good answers is drawn from what is believed of it, for this alias and task,
 * and the highest draw wins, less the price. The price of a call counts relative to that of the dearest candidate.
 */
export const bandit: Strategy = ({ call, candidates, random, settings, table, task }) => {
  let dearest = 0n;
  for (const { cost } of candidates) if (cost !== null && cost > dearest) dearest = cost;
  const drawn = candidates
    .map((candidate) => {
      const draw = sample(table.belief(call.requestedModel, candidate.name, task.name, settings), random);
      // Who has no price is taken for the dearest.
      const price = dearest === 0n ? 0 : Number(candidate.cost ?? dearest) / Number(dearest);
      return { candidate, draw, utility: draw - settings.priceWeight * price };
    })
    .sort((a, b) => b.utility - a.utility);
  const [best] = drawn;
  return {
    order: drawn.map(({ candidate }) => candidate),
    why: best ? `drew ${best.draw.toFixed(3)}, worth ${best.utility.toFixed(3)} less its price` : '',
  };
};
