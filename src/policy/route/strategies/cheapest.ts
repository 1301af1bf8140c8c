import { usdFromPico } from '../../../core/money.ts';
import { byCost, type Strategy } from '../candidate.ts';

/** By the expected cost of this call. */
export const cheapest: Strategy = ({ candidates }) => {
  const order = candidates.toSorted(byCost);
  const cost = order[0]?.cost ?? null;
  return {
    order,
    why: cost === null ? 'no price is known' : `the cheapest, expected to cost $${usdFromPico(cost)}`,
  };
};
