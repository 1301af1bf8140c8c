import type { ReasoningEffort } from '../../core/content.ts';

type ThinkingEffort = Exclude<ReasoningEffort, 'none'>;

/**
 * Effort in core terms ⇄ what Claude is told. Models up to 4.5 are given a budget of tokens, later ones an effort.
 *
 * | core    | budget_tokens | output_config.effort |
 * |---------|---------------|----------------------|
 * | none    | thinking disabled | thinking disabled |
 * | minimal | 1,024         | low                  |
 * | low     | 2,048         | low                  |
 * | medium  | 8,192         | medium               |
 * | high    | 16,384        | high                 |
 * | xhigh   | 24,576        | xhigh, `high` where the model has none |
 * | max     | 28,672        | max                  |
 *
 * Read from a client, a budget stays a budget.
 */
export const BUDGETS: Readonly<Record<ThinkingEffort, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 28_672,
};

/** The least that the API takes. */
export const SMALLEST_BUDGET = 1024;

/** The effort whose budget is the next above. */
export function effortOfBudget(budgetTokens: number): ThinkingEffort {
  if (budgetTokens <= BUDGETS.low) return 'low';
  if (budgetTokens <= BUDGETS.medium) return 'medium';
  if (budgetTokens <= BUDGETS.high) return 'high';
  return budgetTokens <= BUDGETS.xhigh ? 'xhigh' : 'max';
}

export function wireEffort(effort: ThinkingEffort, hasXhigh: boolean): string {
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && !hasXhigh ? 'high' : effort;
}
