import type { Call } from '../core/call.ts';
import type { UsagePart } from '../core/part.ts';
import type { PriceBook } from '../core/ports.ts';
import { type CostPart, FREE, type PricedCost } from '../core/price.ts';
import type { Settings } from '../core/settings.ts';
import { formatTarget, type Target } from '../core/target.ts';
import type { Expense } from '../core/trail.ts';
import { addUsage, type Usage } from '../core/usage.ts';

/** What a call is priced with. */
export interface Pricing {
  readonly prices: PriceBook;
  readonly settings: Pick<Settings, 'providers'>;
  /** Prices are dated: epoch milliseconds. */
  readonly at: number;
}

/** A call's answer, as it is to be paid. */
export interface Answered {
  readonly target: Target | null;
  /** Null when nothing was consumed as far as is known. */
  readonly usage: UsagePart | null;
  /** True when the answer was not made for this call. */
  readonly stored: boolean;
  readonly failed: boolean;
}

/** One call's costs, apart and together. */
export interface Bill {
  readonly answer: PricedCost;
  readonly expenses: readonly { readonly stage: string; readonly cost: PricedCost }[];
  readonly total: PricedCost;
}

/** @param machine what the call cost on machines that are paid by the hour; null when it ran on none */
export function billOf(pricing: Pricing, call: Call, answered: Answered, machine: PricedCost | null): Bill {
  const answer = answerCost(pricing, call, answered, machine);
  const expenses = call.trail.expenses.map((expense) => ({
    stage: expense.stage,
    cost: expenseCost(pricing, expense, machine !== null),
  }));
  // On a machine, the answer's cost is the machine's: it holds what stages asked there as well.
  const parts = [answer, ...expenses.map(({ cost }) => cost)];
  if (machine && answer !== machine) parts.push(machine);
  return { answer, expenses, total: sum(parts) };
}

function answerCost(
  pricing: Pricing,
  call: Call,
  { target, usage, stored, failed }: Answered,
  machine: PricedCost | null,
): PricedCost {
  if (stored || !target) return FREE;
  if (machine && isHourly(pricing, target)) return machine;
  if (!usage) {
    // A failed call consumed nothing; reading endpoints are free; of other unknown endpoints nobody knows.
    const unknown = call.operation === 'relay' && !failed && call.wire.method === 'POST';
    return unknown ? { priced: false, why: 'the answer of this endpoint tells no usage' } : FREE;
  }
  return listPrice(pricing, target, usage.usage, usage.model ?? null, usage.serviceTier ?? null);
}

function expenseCost(pricing: Pricing, expense: Expense, timed: boolean): PricedCost {
  const { stage } = expense;
  if ('cost' in expense) {
    const part: CostPart = { ...expense.cost, stage };
    return { priced: true, total: part.cost, parts: [part], version: 'config' };
  }
  const { target, usage } = expense;
  if (timed && isHourly(pricing, target)) return FREE;
  const asked = formatTarget(target);
  if (!usage) return { priced: false, why: `${stage} asked ${asked}, whose answer tells no usage` };
  const cost = listPrice(pricing, target, usage.usage, usage.model ?? null, usage.serviceTier ?? null);
  if (!cost.priced) return cost;
  return { ...cost, parts: cost.parts.map((part) => ({ ...part, stage, target: asked })) };
}

export function listPrice(
  { prices, settings, at }: Pricing,
  target: Target,
  usage: Usage,
  servedModel: string | null,
  serviceTier: string | null,
): PricedCost {
  const providerKind = settings.providers[target.provider]?.kind ?? '';
  return prices.price({ target, servedModel, providerKind, usage, at, serviceTier });
}

/** Whether calls to a target are paid by its machine's time. */
export function isHourly({ settings }: Pricing, target: Target): boolean {
  return (settings.providers[target.provider]?.gpu ?? null) !== null;
}

/** Of several costs; unpriced when one of them is. */
function sum(costs: readonly PricedCost[]): PricedCost {
  const [first, ...others] = costs.filter((cost) => cost !== FREE);
  return others.reduce(
    (total, cost) => (total.priced ? (cost.priced ? plus(total, cost) : cost) : total),
    first ?? FREE,
  );
}

function plus(
  a: Extract<PricedCost, { priced: true }>,
  b: Extract<PricedCost, { priced: true }>,
): PricedCost {
  // Each named once, however many questions were asked besides.
  const version = [...new Set(`${a.version} + ${b.version}`.split(' + '))].join(' + ');
  return { priced: true, total: a.total + b.total, parts: [...a.parts, ...b.parts], version };
}

/** Everything that was consumed for a call: by its answer, and by what stages asked besides. */
export function wholeUsage(answer: UsagePart | null, expenses: readonly Expense[]): UsagePart | null {
  let whole = answer;
  for (const expense of expenses) {
    if ('cost' in expense || !expense.usage) continue;
    const { usage, source } = expense.usage;
    if (!whole) whole = { type: 'usage', usage, source };
    else {
      const estimated = whole.source === 'estimated' || source === 'estimated';
      whole = { ...whole, usage: addUsage(whole.usage, usage), source: estimated ? 'estimated' : 'provider' };
    }
  }
  return whole;
}
