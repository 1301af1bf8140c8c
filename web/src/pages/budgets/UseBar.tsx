import type { Budget } from '../../api/types.ts';
import { budgetUse } from './budget-use.ts';

/** Spent, then what is held back for calls under way. The numbers beside it say the same. */
export function UseBar({ budget }: { readonly budget: Budget }) {
  const { spent, reserved, level } = budgetUse(budget);
  return (
    <svg
      className={`budget-bar is-${level}`}
      viewBox="0 0 100 6"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect className="budget-whole" width="100" height="6" />
      <rect className="budget-spent" width={spent * 100} height="6" />
      <rect className="budget-reserved" x={spent * 100} width={reserved * 100} height="6" />
    </svg>
  );
}
