import type { Counterfactual, Decision, NotedDecision } from '../core/decision.ts';
import { type PicoUsd, usdFromPico } from '../core/money.ts';
import { addUsage, type Usage, type UsageKind, usageOf } from '../core/usage.ts';
import { type Answered, type Bill, isHourly, listPrice, type Pricing } from './bill.ts';

/**
 * A call's decisions with what each saved: the price of what would have happened without it alone, less what was paid
 * for the answer and for the stage's own expenses. Absent where one of them has no known price, and for failed calls.
 */
export function decisionsOf(
  pricing: Pricing,
  noted: readonly NotedDecision[],
  answered: Answered,
  bill: Bill,
): readonly Decision[] {
  return noted.map((note) => {
    // Most have none: those are passed on as they are.
    if (!note.instead) return note;
    const { instead, ...decision } = note;
    if (answered.failed) return decision;
    const without = priceInstead(pricing, instead, answered);
    const paid = paidFor(decision.stage, bill);
    if (without === null || paid === null) return decision;
    return { ...decision, savedUsd: usdFromPico(without - paid) };
  });
}

function priceInstead(pricing: Pricing, instead: Counterfactual, answered: Answered): PicoUsd | null {
  const base = instead.usage ?? (answered.stored ? undefined : answered.usage?.usage);
  const target = instead.target ?? answered.target;
  if (!base || !target || isHourly(pricing, target)) return null;
  const usage = instead.avoided ? withAvoided(base, usageOf(instead.avoided)) : base;
  const own = instead.target === undefined ? answered.usage : null;
  const { servedModel = own?.model ?? null, serviceTier = own?.serviceTier ?? null } = instead;
  const cost = listPrice(pricing, target, usage, servedModel, serviceTier);
  return cost.priced ? cost.total : null;
}

const PROMPT_KINDS = ['input', 'cacheWrite5m', 'cacheWrite1h', 'cacheRead'] as const;

/**
 * Prompt tokens that would not have been sent are taken from those at full price; what is more than these, from those
 * that the provider had written to its cache or read from it.
 */
function withAvoided(base: Usage, avoided: Usage): Usage {
  const usage: Record<UsageKind, number> = { ...addUsage(base, avoided) };
  let missing = 0;
  for (const kind of PROMPT_KINDS) {
    const left = usage[kind] - missing;
    usage[kind] = Math.max(0, left);
    missing = Math.max(0, -left);
  }
  return usage;
}

function paidFor(stage: string, { answer, expenses }: Bill): PicoUsd | null {
  let paid = answer.priced ? answer.total : null;
  for (const expense of expenses) {
    if (expense.stage !== stage) continue;
    paid = paid !== null && expense.cost.priced ? paid + expense.cost.total : null;
  }
  return paid;
}
