import type { Budget } from '../../api/types.ts';
import { picoFromUsd, shareOf } from '../../format/money.ts';

/** Shares of a budget's limit, 0 to 1 together: for bars. */
export interface BudgetUse {
  readonly spent: number;
  readonly reserved: number;
  /** `full` from 100 %, `near` from 80 %, held back included. */
  readonly level: 'calm' | 'near' | 'full';
  /** Whole percent of the limit that was spent; may be more than 100. */
  readonly percent: number;
}

const NEAR = 0.8;

export function budgetUse({ limitUsd, spentUsd, reservedUsd }: Budget): BudgetUse {
  const [limit, spent, reserved] = [limitUsd, spentUsd, reservedUsd].map(picoFromUsd) as [
    bigint,
    bigint,
    bigint,
  ];
  // A budget of nothing is full.
  const of = (part: bigint): number => (limit === 0n ? 1 : shareOf(part, limit));
  const used = of(spent + reserved);
  const shownSpent = Math.min(1, of(spent));
  return {
    spent: shownSpent,
    reserved: Math.min(1 - shownSpent, limit === 0n ? 0 : of(reserved)),
    level: used >= 1 ? 'full' : used >= NEAR ? 'near' : 'calm',
    percent: Math.floor(of(spent) * 100),
  };
}

/** The fullest first, then by name. */
export function fullestFirst(budgets: readonly Budget[]): Budget[] {
  const use = (budget: Budget): number => {
    const { spent, reserved, percent } = budgetUse(budget);
    return Math.max(spent + reserved, percent / 100);
  };
  return [...budgets].sort(
    (a, b) => use(b) - use(a) || `${a.name} ${a.value}`.localeCompare(`${b.name} ${b.value}`, 'en'),
  );
}

/** Whom a budget is kept for, in words. */
export function budgetSubject({ by, value, valueName }: Budget): string {
  if (value === null) return 'all calls';
  const kind = by.startsWith('tag:') ? by.slice('tag:'.length) : by;
  return value === '(none)' ? `calls without a ${kind}` : `${kind} ${valueName ?? value}`;
}
