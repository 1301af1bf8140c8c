import type { Reasoning } from '../../core/content.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../wire/warnings.ts';
import { BUDGETS, FLASH_BUDGET, LEVELS, PRO_BUDGET } from './effort-table.ts';
import type { GeminiFeatures } from './gemini-features.ts';
import { TITLE } from './owner.ts';

/** `thinkingConfig`; see effort-table.ts. Budget and level exclude each other. */
export function formatThinking(
  reasoning: Reasoning | undefined,
  features: GeminiFeatures,
  warnings: Warnings,
): JsonObject | undefined {
  if (!reasoning) return undefined;
  if (features.thinking === 'none') {
    if (reasoning.effort !== 'none') warnings.add(`reasoning: this model of ${TITLE} cannot think`);
    return undefined;
  }
  const config = compact({
    includeThoughts: reasoning.visible,
    ...(features.thinking === 'budget'
      ? { thinkingBudget: budgetOf(reasoning, features, warnings) }
      : levelOf(reasoning, features, warnings)),
  });
  return Object.keys(config).length > 0 ? config : undefined;
}

function budgetOf(reasoning: Reasoning, features: GeminiFeatures, warnings: Warnings): number | undefined {
  const { effort, budgetTokens } = reasoning;
  const wanted = effort === 'none' ? 0 : (budgetTokens ?? (effort && BUDGETS[effort]));
  if (wanted === undefined) return undefined;
  const [least, most] = features.isPro ? PRO_BUDGET : FLASH_BUDGET;
  const budget = Math.min(Math.max(wanted, least), most);
  if (budget !== wanted && (budgetTokens !== undefined || wanted < least))
    warnings.add(`reasoning budget: this model of ${TITLE} takes ${least} to ${most} tokens, sent ${budget}`);
  return budget;
}

/** Later models still take a budget where no effort is known. */
function levelOf(
  { effort, budgetTokens }: Reasoning,
  features: GeminiFeatures,
  warnings: Warnings,
): Record<string, string | number | undefined> {
  if (effort === undefined) return { thinkingBudget: budgetTokens };
  if (budgetTokens !== undefined) warnings.add(`reasoning budget: ${TITLE} takes an effort instead`);
  const level = features.isPro && LEVELS[effort] === 'MINIMAL' ? 'LOW' : LEVELS[effort];
  if (level !== effort.toUpperCase())
    warnings.add(`reasoning effort: this model of ${TITLE} has no ${effort}, sent ${level}`);
  return { thinkingLevel: level };
}
