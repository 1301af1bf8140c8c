import type { Prompt, Reasoning } from '../../core/content.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Turn } from '../prompt/turns.ts';
import { providerSignature } from '../wire/signature.ts';
import type { Warnings } from '../wire/warnings.ts';
import type { ClaudeFeatures } from './claude-features.ts';
import { OWNER, TITLE } from './owner.ts';
import { BUDGETS, effortOfBudget, SMALLEST_BUDGET, wireEffort } from './reasoning-table.ts';

/** `max_tokens` is required here. For clients that set none it leaves room for a long answer, thinking apart. */
export const DEFAULT_MAX_TOKENS = 16_384;

export interface ThinkingPlan {
  readonly maxTokens: number;
  readonly isThinking: boolean;
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

/** How much the model thinks; see reasoning-table.ts. `max_tokens` covers thinking and answer together. */
export function planThinking(
  prompt: Prompt,
  features: ClaudeFeatures,
  turns: readonly Turn[],
  warnings: Warnings,
): ThinkingPlan {
  const { reasoning } = prompt;
  const asked = prompt.sampling.maxOutputTokens;
  const room = Math.min(DEFAULT_MAX_TOKENS, features.mostOutputTokens);
  const maxTokens = asked ?? room;
  const plain: ThinkingPlan = { maxTokens, isThinking: false };
  const plan = !reasoning
    ? plain
    : reasoning.effort === 'none'
      ? withoutThinking(reasoning, plain, features, warnings)
      : withThinking(prompt, reasoning, plain, features, turns, warnings);
  if (asked !== undefined) return plan;
  const budget = plan.thinking?.['budget_tokens'];
  const total = typeof budget === 'number' ? Math.min(budget + room, features.mostOutputTokens) : room;
  warnings.add(`max_tokens: ${TITLE} requires it, sent ${total}`);
  return { ...plan, maxTokens: total };
}

function withoutThinking(
  reasoning: Reasoning,
  plain: ThinkingPlan,
  features: ClaudeFeatures,
  warnings: Warnings,
): ThinkingPlan {
  if (reasoning.visible !== undefined)
    warnings.add('reasoning summary: without meaning where none is asked for');
  if (features.thinking === 'none') return plain;
  if (features.canStopThinking) return { ...plain, thinking: { type: 'disabled' } };
  warnings.add(`reasoning: this model of ${TITLE} always thinks, sent the lowest effort`);
  return { ...plain, effort: 'low' };
}

function withThinking(
  prompt: Prompt,
  reasoning: Reasoning,
  plain: ThinkingPlan,
  features: ClaudeFeatures,
  turns: readonly Turn[],
  warnings: Warnings,
): ThinkingPlan {
  if (features.thinking === 'none') {
    warnings.add(`reasoning: this model of ${TITLE} cannot think`);
    return plain;
  }
  const display = reasoning.visible === undefined ? undefined : reasoning.visible ? 'summarized' : 'omitted';
  const isForced = prompt.toolChoice?.kind === 'required' || prompt.toolChoice?.kind === 'tool';
  const mustNotThink = prompt.tools.length > 0 && isForced && features.takesForcedTools;
  if (mustNotThink) warnings.add(`reasoning: ${TITLE} does not think when a tool call is forced`);
  if (features.thinking === 'adaptive') {
    const effort = adaptiveEffort(reasoning, features, warnings);
    const thinking = mustNotThink ? undefined : compact({ type: 'adaptive', display });
    return { ...plain, isThinking: !mustNotThink, ...(thinking && { thinking }), ...(effort && { effort }) };
  }
  if (mustNotThink) return plain;
  if (isInUnsignedToolUse(turns)) {
    warnings.add(`reasoning: ${TITLE} does not think on top of tool calls whose thinking is not given back`);
    return plain;
  }
  const budget = budgetTokens(
    reasoning,
    plain.maxTokens,
    prompt.sampling.maxOutputTokens,
    features,
    warnings,
  );
  if (budget === null) return plain;
  return {
    ...plain,
    isThinking: true,
    thinking: compact({ type: 'enabled', budget_tokens: budget, display }),
  };
}

function adaptiveEffort(
  reasoning: Reasoning,
  features: ClaudeFeatures,
  warnings: Warnings,
): string | undefined {
  const { budgetTokens } = reasoning;
  if (budgetTokens !== undefined && reasoning.effort === undefined)
    warnings.add(`reasoning budget: this model of ${TITLE} takes no number of tokens, sent an effort`);
  const effort = reasoning.effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
  if (effort === undefined || effort === 'none') return undefined;
  if (effort === 'minimal') warnings.add(`reasoning effort: ${TITLE} has no minimal, sent low`);
  if (effort === 'xhigh' && !features.hasXhighEffort)
    warnings.add(`reasoning effort: this model of ${TITLE} has no xhigh, sent high`);
  return wireEffort(effort, features.hasXhighEffort);
}

/** Null when `max_tokens` leaves no room to think. */
function budgetTokens(
  { budgetTokens, effort }: Reasoning,
  maxTokens: number,
  asked: number | undefined,
  features: ClaudeFeatures,
  warnings: Warnings,
): number | null {
  const wanted = budgetTokens ?? BUDGETS[effort === undefined || effort === 'none' ? 'medium' : effort];
  const most =
    asked === undefined ? features.mostOutputTokens - SMALLEST_BUDGET : Math.ceil(maxTokens * 0.8) - 1;
  if (most < SMALLEST_BUDGET) {
    warnings.add(`reasoning: max_tokens ${maxTokens} leaves no room to think, for which ${TITLE} needs 1024`);
    return null;
  }
  const budget = Math.max(SMALLEST_BUDGET, Math.min(wanted, most));
  if (budgetTokens !== undefined && budget !== budgetTokens)
    warnings.add(`reasoning budget: sent ${budget} tokens instead of ${budgetTokens}`);
  return budget;
}

/** Models with a budget refuse tool results when the turn that called did not begin with its own thinking. */
function isInUnsignedToolUse(turns: readonly Turn[]): boolean {
  const last = turns.at(-1);
  if (last?.role !== 'user' || !last.content.some(({ content }) => content.type === 'tool-result'))
    return false;
  const caller = turns.at(-2);
  const first = caller?.role === 'assistant' ? caller.content[0]?.content : undefined;
  if (first?.type !== 'reasoning') return true;
  return (
    (providerSignature(OWNER, first.signature) ?? providerSignature(OWNER, first.redacted)) === undefined
  );
}
