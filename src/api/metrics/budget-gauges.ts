import { Gauge, type Registry } from 'prom-client';
import type { BudgetState } from '../../core/admission.ts';

const LABELS = ['budget', 'by', 'value'] as const;
const AMOUNTS = {
  illm_budget_limit_usd: ['Dollars that the budget allows in its window.', 'limitUsd'],
  illm_budget_spent_usd: ['Dollars spent in the budget’s window, rounded.', 'spentUsd'],
  illm_budget_reserved_usd: ['Dollars held back for calls under way, rounded.', 'reservedUsd'],
} as const;

/**
 * How the budgets stand that were used lately. Processes that share counters all tell the same, so that the highest
 * counts. While the counters cannot be reached there are no values, rather than old ones.
 */
export function gaugeBudgets(registry: Registry, read: () => Promise<readonly BudgetState[]>): void {
  let reading: Promise<readonly BudgetState[]> | null = null;
  // The gauges are collected together.
  const states = (): Promise<readonly BudgetState[]> => {
    reading ??= read()
      .catch(() => [])
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  for (const [name, [help, amount]] of Object.entries(AMOUNTS))
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: LABELS,
        aggregator: 'max',
        registers: [],
        async collect() {
          const budgets = await states();
          this.reset();
          for (const budget of budgets)
            this.set(
              { budget: budget.name, by: budget.by, value: budget.value ?? '' },
              Number(budget[amount]),
            );
        },
      }),
    );
}
