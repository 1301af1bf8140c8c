import type { BudgetRule, LimitBy, RateRule } from '../../core/admission.ts';
import type { Call } from '../../core/call.ts';
import type { Claim } from '../../core/counters.ts';
import { CallError } from '../../core/errors.ts';
import { picoFromUsd } from '../../core/money.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { nanoLimit, nanoOf } from './amounts.ts';
import { needsTarget, subjectOf } from './subject.ts';
import { bucketsAt, windowName } from './window.ts';
import type { WorstCase } from './worst-case.ts';

export const MINUTE = { kind: 'sliding', ms: 60_000 } as const;

interface Common {
  readonly claim: Claim;
  readonly subject: string;
  readonly target: Target | null;
}

/** One limit that a call counts against, and what it claims of it. */
export type Entry =
  | (Common & { readonly unit: 'requests' | 'tokens' | 'calls at once'; readonly rule: RateRule })
  | (Common & { readonly unit: 'dollars'; readonly rule: BudgetRule });

/** Limits on how often: without a target those that need none, with one those that do. */
export function rateEntries(
  rules: readonly RateRule[],
  call: Call,
  target: Target | null,
  now: number,
): Entry[] {
  if (rules.length === 0) return [];
  const { bucket, oldest } = bucketsAt(MINUTE, now);
  return rules.flatMap((rule): Entry[] => {
    const subject = needsTarget(rule.by) === (target !== null) ? subjectIn(rule, call, target) : null;
    if (subject === null) return [];
    const entry = (unit: 'requests' | 'tokens' | 'calls at once', limit: number | null, amount: number) => {
      if (limit === null) return [];
      const slots = unit === 'calls at once';
      const claim: Claim = {
        account: `rate ${unit}:${rule.name}:${subject}`,
        // What alone is more than the limit goes when nothing else does: the true amount is counted afterwards.
        amount: Math.min(amount, limit),
        limit,
        bucket: slots ? 0 : bucket,
        oldest: slots ? 0 : oldest,
        seed: null,
      };
      return [{ claim, unit, rule, subject, target }];
    };
    return [
      ...entry('requests', rule.requestsPerMinute, 1),
      ...(readsTokens(call) ? entry('tokens', rule.tokensPerMinute, likelyTokens(call)) : []),
      ...entry('calls at once', rule.concurrency, 1),
    ];
  });
}

/**
 * Budgets, and what the call may cost at that target.
 * @param exempt whether the budget only counts the call, as it went to the budget's cheaper alias
 * @throws CallError `over_budget` when the price is not known and must be
 */
export function budgetEntries(
  rules: readonly BudgetRule[],
  call: Call,
  target: Target,
  worst: WorstCase,
  now: number,
  exempt: (rule: BudgetRule) => boolean,
): Entry[] {
  return rules.flatMap((rule): Entry[] => {
    const subject = subjectIn(rule, call, target);
    if (subject === null) return [];
    if (worst.kind === 'unpriced' && rule.unpriced === 'refuse') throw unpriced(rule, target, worst.why);
    const cost = worst.kind === 'bounded' ? worst.cost : picoFromUsd(rule.assumedUsd);
    const claim: Claim = {
      account: budgetAccount(rule, subject),
      amount: nanoOf(cost),
      limit: exempt(rule) ? limitWhenDegraded(rule) : nanoLimit(picoFromUsd(rule.limitUsd)),
      // As in the ledger, a call belongs to the window in which it came.
      bucket: bucketsAt(rule.window, call.receivedAt).bucket,
      oldest: bucketsAt(rule.window, now).oldest,
      seed: seedName(rule),
    };
    return [{ claim, unit: 'dollars', rule, subject, target }];
  });
}

export function budgetAccount(rule: BudgetRule, subject: string): string {
  return `${seedName(rule)}:${subject}`;
}

/** Under what name a budget's past is taken over from the ledger. */
export function seedName({ name, by, window }: BudgetRule): string {
  return `budget:${name}:${by}:${windowName(window)}`;
}

function limitWhenDegraded({ degradeLimitUsd }: BudgetRule): number {
  return degradeLimitUsd === null ? Number.MAX_SAFE_INTEGER : nanoLimit(picoFromUsd(degradeLimitUsd));
}

function subjectIn(
  rule: { readonly by: LimitBy; readonly only: string | null },
  call: Call,
  target: Target | null,
): string | null {
  const subject = subjectOf(rule.by, call.caller, target);
  return rule.only === null || rule.only === subject ? subject : null;
}

function readsTokens({ operation }: Call): boolean {
  return operation === 'generate' || operation === 'embed';
}

/** Before the answer: four bytes a token. */
function likelyTokens(call: Call): number {
  return Math.ceil(call.wire.body.length / 4);
}

function unpriced(rule: BudgetRule, target: Target, why: string): CallError {
  return new CallError(
    'over_budget',
    `The budget ${rule.name} cannot be kept for ${formatTarget(target)}: ${why}. Give it a price in prices.rules, or set "unpriced: allow" on the budget.`,
    { retryable: 'other' },
  );
}
