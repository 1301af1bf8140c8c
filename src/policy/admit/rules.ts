import type { AdmissionSettings, BudgetRule, RateRule } from '../../core/admission.ts';
import type { Caller } from '../../core/call.ts';
import type { KeyLimits } from '../../core/key.ts';

/** The limits that a call may count against: those of the configuration, and its key's own. */
export interface Rules {
  readonly budgets: readonly BudgetRule[];
  readonly rateLimits: readonly RateRule[];
}

const ownRules = new WeakMap<KeyLimits, Rules>();

export function rulesFor(settings: AdmissionSettings, { limits, keyId, keyName }: Caller): Rules {
  if (!limits || keyId === null) return settings;
  const own = rulesOfKey(limits, keyId, keyName ?? keyId);
  return {
    budgets: [...settings.budgets, ...own.budgets],
    rateLimits: [...settings.rateLimits, ...own.rateLimits],
  };
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
