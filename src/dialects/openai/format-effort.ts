import type { Reasoning, ReasoningEffort } from '../../core/content.ts';
import type { Warnings } from '../wire/warnings.ts';

/** Largest thinking budget, in tokens, that counts as that effort. */
const BUDGETS = [
  [0, 'none'],
  [1024, 'minimal'],
  [4096, 'low'],
  [16_384, 'medium'],
] as const;

/** OpenAI takes an effort and no budget: a budget becomes the nearest effort. */
export function formatEffort(
  reasoning: Reasoning | undefined,
  warnings: Warnings,
): ReasoningEffort | undefined {
  const { effort, budgetTokens } = reasoning ?? {};
  if (budgetTokens === undefined || effort !== undefined) return effort;
  const nearest = BUDGETS.find(([most]) => budgetTokens <= most)?.[1] ?? 'high';
  warnings.add(`reasoning budget: OpenAI takes an effort, sent as ${nearest}`);
  return nearest;
}
