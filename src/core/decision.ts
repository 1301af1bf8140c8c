import type { JsonObject } from './json.ts';
import type { Target } from './target.ts';
import type { Usage } from './usage.ts';

/** What one stage did to one call, and why. The ledger and the dashboard explain a call by folding over these. */
export interface Decision {
  /** The stage's name: `route`, `retry`, … */
  readonly stage: string;
  /** What it did, a verb: `chose`, `retried`, `fell-back`, … */
  readonly action: string;
  /** One sentence for people. */
  readonly why: string;
  /** Milliseconds since the call arrived. */
  readonly atMs: number;
  /** Exact decimal dollars saved against not doing it, where that is known; negative when it cost more. */
  readonly savedUsd?: string;
  readonly details?: JsonObject;
}

/**
 * What would have happened without a decision, as far as it differs from what did. It is priced when the call is
 * settled, by the price book that prices the call: the difference is what the decision saved.
 */
export interface Counterfactual {
  /** Consumed besides what the answer used. */
  readonly avoided?: Partial<Usage>;
  /** Consumed instead of what the answer used. */
  readonly usage?: Usage;
  /** Who would have answered. */
  readonly target?: Target;
  /** The model that would have answered, in the provider's word. */
  readonly servedModel?: string | null;
  readonly serviceTier?: string | null;
}

/** A decision as a stage notes it. */
export interface NotedDecision extends Omit<Decision, 'savedUsd'> {
  readonly instead?: Counterfactual;
}
