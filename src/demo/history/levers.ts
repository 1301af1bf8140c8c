import type { Decision } from '../../core/decision.ts';
import { usdFromPico } from '../../core/money.ts';
import { FREE, type PricedCost } from '../../core/price.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { addUsage, NO_USAGE, usageOf } from '../../core/usage.ts';
import type { Usage } from '../../core/usage.ts';
import { drawOne } from '../draw.ts';
import type { Draw } from '../draw.ts';
import type { Workload } from '../workloads.ts';
import type { Outcome } from './outcome.ts';

/** What levers made of a call, and what was consumed and paid in the end. */
export interface Levered {
  readonly outcome: Outcome;
  readonly usage: Usage;
  readonly cost: PricedCost;
  /** True when the answer came from the store, and nothing was sent. */
  readonly stored: boolean;
}

/** Prices usage at a target at the call's time. */
export type PriceOf = (target: Target, usage: Usage) => PricedCost;

/**
 * A call that would have gone to `outcome.target` and consumed `usage`, as the workload's levers change it. Each
 * decision's saving is the difference of two prices of the same book: without this lever alone, and what was paid.
 */
export function applyLevers(
  workload: Workload,
  outcome: Outcome,
  usage: Usage,
  priceOf: PriceOf,
  draw: Draw,
): Levered {
  const { repeats = 0, reroutes = [], shortened } = workload.levers ?? {};
  // Only calls that went well at the first try are changed, so that each story stays simple.
  const smooth = outcome.status === 'ok' && outcome.attempts === 1;
  if (smooth && draw() < repeats) return fromStore(outcome, usage, priceOf, draw);

  const reroute = smooth && reroutes.length > 0 ? drawOne(reroutes, draw) : null;
  const rerouted = reroute !== null && draw() < reroute.share;
  const target = rerouted ? reroute.to : outcome.target;
  const cost = priceOf(target, usage);
  const decisions: Decision[] = [...outcome.decisions];
  if (rerouted) {
    const [own] = workload.targets;
    decisions.splice(0, 1, {
      stage: 'route',
      action: 'chose',
      why: `${formatTarget(target)} in place of ${formatTarget(own)}: ${reroute.why}`,
      atMs: 0.2,
      ...savedUsd(priceOf(own, usage), cost),
    });
  }
  if (shortened && outcome.status === 'ok') {
    const [least, most] = shortened;
    const share = least + (most - least) * draw();
    const avoided = Math.round((usage.input * share) / (1 - share));
    const whole = addUsage(usage, usageOf({ input: avoided }));
    decisions.unshift({
      stage: 'compress',
      action: 'compressed',
      why: `${Math.round(share * 100)} % of what was retrieved says nothing about the question: ${avoided} tokens were left out.`,
      atMs: 0.1,
      details: { tokensBefore: usage.input + avoided, tokensAfter: usage.input },
      ...savedUsd(priceOf(target, whole), cost),
    });
  }
  return { outcome: { ...outcome, target, decisions }, usage, cost, stored: false };
}

function fromStore(outcome: Outcome, usage: Usage, priceOf: PriceOf, draw: Draw): Levered {
  const ageMs = Math.round(1000 + draw() ** 3 * 3_600_000);
  const hit: Decision = {
    stage: 'cache',
    action: 'hit',
    why: `The same was answered ${Math.round(ageMs / 1000)} s ago.`,
    atMs: 0.1,
    details: { ageMs },
    ...savedUsd(priceOf(outcome.target, usage), FREE),
  };
  return {
    outcome: { ...outcome, attempts: 0, decisions: [hit], waitedMs: 0 },
    usage: NO_USAGE,
    cost: FREE,
    stored: true,
  };
}

function savedUsd(without: PricedCost, paid: PricedCost): Pick<Decision, 'savedUsd'> {
  return without.priced && paid.priced ? { savedUsd: usdFromPico(without.total - paid.total) } : {};
}
