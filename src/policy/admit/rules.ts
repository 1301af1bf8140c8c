import type { AdmissionSettings, BudgetRule, RateRule } from '../../core/admission.ts';
import type { Caller } from '../../core/call.ts';
import type { KeyLimits } from '../../core/key.ts';
import type { Target } from '../../core/target.ts';
import { subjectOf } from './subject.ts';

/** The limits that a call may count against: those of the configuration, and its key's own. */
export interface Rules {
  readonly budgets: readonly BudgetRule[];
  readonly rateLimits: readonly RateRule[];
}

const ownRules = new WeakMap<KeyLimits, Rules>();

/** @param target null before one is chosen: then those that depend on it are among the rules */
export function rulesFor(settings: AdmissionSettings, caller: Caller, target: Target | null): Rules {
  const { limits, keyId, keyName } = caller;
  const budgets = concerning(settings.budgets, caller, target);
  const rateLimits = concerning(settings.rateLimits, caller, target);
  if (!limits || keyId === null) return { budgets, rateLimits };
  const own = rulesOfKey(limits, keyId, keyName ?? keyId);
  return { budgets: [...budgets, ...own.budgets], rateLimits: [...rateLimits, ...own.rateLimits] };
}

/** A call is left alone by what is kept for others: nothing is computed for it, and its bytes stay as they are. */
function concerning<R extends BudgetRule | RateRule>(
  rules: readonly R[],
  caller: Caller,
  target: Target | null,
): readonly R[] {
  const concerns = ({ by, only }: R): boolean => {
    const subject = only === null ? null : subjectOf(by, caller, target);
    return subject === null || subject === only;
  };
  return rules.every(concerns) ? rules : rules.filter(concerns);
}

/** A key's limits as rules that are kept for that key alone. */
export function rulesOfKey(limits: KeyLimits, keyId: string, keyName: string): Rules {
  const known = ownRules.get(limits);
  if (known) return known;
  const { budget, requestsPerMinute, tokensPerMinute, concurrency } = limits;
  const own = { name: `of the key ${keyName}`, by: 'key', only: keyId } as const;
  const made: Rules = {
    budgets: budget
      ? [
          {
            ...own,
            limitUsd: budget.limitUsd,
            window: { kind: 'fixed', unit: budget.per },
            degradeTo: null,
            degradeLimitUsd: null,
            unpriced: 'refuse',
            assumedUsd: '0.01',
            sharedDown: 'closed',
          },
        ]
      : [],
    rateLimits:
      requestsPerMinute === null && tokensPerMinute === null && concurrency === null
        ? []
        : [{ ...own, requestsPerMinute, tokensPerMinute, concurrency, sharedDown: 'open' }],
  };
  ownRules.set(limits, made);
  return made;
}
