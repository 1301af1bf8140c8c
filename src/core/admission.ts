/** Whom a limit is kept for: each value of the dimension has an account of its own. */
export type LimitBy = 'all' | 'key' | 'team' | 'user' | 'provider' | 'model' | `tag:${string}`;

/** A span of time that renews a budget. */
export type BudgetWindow =
  | {
      readonly kind: 'fixed';
      /** Begins at the full hour, at midnight, on Monday or on the first. */
      readonly unit: 'hour' | 'day' | 'week' | 'month';
      /** IANA name of the time zone whose midnights count; UTC when left out. */
      readonly timezone?: string;
    }
  | { readonly kind: 'sliding'; readonly ms: number };

interface LimitRule {
  /** Unique among the rules of its kind. */
  readonly name: string;
  readonly by: LimitBy;
  /** The one value that it is kept for; null for each. */
  readonly only: string | null;
  /** While the shared counters cannot be reached, calls are refused (`closed`) or let through uncounted (`open`). */
  readonly sharedDown: 'closed' | 'open';
}

export interface BudgetRule extends LimitRule {
  /** Exact decimal dollars. */
  readonly limitUsd: string;
  readonly window: BudgetWindow;
  /** The alias that calls go to when the budget has no room for them; null: they are refused. */
  readonly degradeTo: string | null;
  /** What the budget may reach with calls to that alias, exact decimal dollars; null: they are not bounded by it. */
  readonly degradeLimitUsd: string | null;
  readonly unpriced: 'allow' | 'refuse';
  /** Exact decimal dollars to reserve where no bound is known: relays, self-hosted machines, unpriced models. */
  readonly assumedUsd: string;
}

export interface RateRule extends LimitRule {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
}

export interface AdmissionSettings {
  readonly budgets: readonly BudgetRule[];
  readonly rateLimits: readonly RateRule[];
  /** Most output tokens of a call under a budget that asks for no maximum: it is set to this, or to the model's own. */
  readonly assumedOutputTokens: number;
}

export const NO_ADMISSION: AdmissionSettings = { budgets: [], rateLimits: [], assumedOutputTokens: 16_384 };

/** How a budget stands for one of those it is kept for. */
export interface BudgetState {
  readonly name: string;
  readonly by: LimitBy;
  /** Null for `all`. */
  readonly value: string | null;
  /** What people call it: the name of a key. Null where that is the value itself. */
  readonly valueName: string | null;
  readonly limitUsd: string;
  readonly spentUsd: string;
  /** Held back for calls under way. */
  readonly reservedUsd: string;
  /** Negative once more was spent, by calls that cost more than could be told before. */
  readonly leftUsd: string;
  readonly window: string;
  /** ISO 8601: since when calls count. */
  readonly startsAt: string;
  /** ISO 8601; null for a sliding window. */
  readonly resetsAt: string | null;
  readonly degradeTo: string | null;
}
