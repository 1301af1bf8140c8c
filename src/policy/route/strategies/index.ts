import type { RouteStrategy } from '../../../core/plan/route.ts';
import type { Strategy } from '../candidate.ts';
import { bandit } from './bandit.ts';
import { cheapest } from './cheapest.ts';
import { fastest } from './fastest.ts';
import { inOrder } from './in-order.ts';
import { learned } from './learned.ts';
import { weighted } from './weighted.ts';

/** Every strategy by its name. A cascade asks in the order of price. */
export const STRATEGIES: Readonly<Record<RouteStrategy, Strategy>> = {
  'in-order': inOrder,
  cheapest,
  fastest,
  weighted,
  cascade: cheapest,
  bandit,
  learned,
};
