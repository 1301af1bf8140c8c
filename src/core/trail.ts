import type { NotedDecision } from './decision.ts';
import type { UsagePart } from './part.ts';
import type { CostPart } from './price.ts';
import type { Target } from './target.ts';

/** What a stage consumed for a call besides the answer: a question of its own, a rejected answer, a machine's time. */
export type Expense =
  | {
      readonly stage: string;
      readonly why: string;
      readonly target: Target;
      /** Null when the provider told none: then the call is unpriced. */
      readonly usage: UsagePart | null;
    }
  | { readonly stage: string; readonly why: string; readonly cost: CostPart };

/**
 * What happened to one call on its way, append-only. It belongs to the call and outlives every copy of it that the
 * stages pass on, so that failed and aborted calls are explained too.
 */
export class Trail {
  readonly #startedTicks: number;
  readonly #ticks: () => number;
  readonly #decisions: NotedDecision[] = [];
  #expenses: Expense[] | null = null;
  #told: Record<string, string> | null = null;
  #attempts = 0;
  #lastTarget: Target | null = null;

  /** @param ticks monotonic milliseconds; decisions are stamped relative to now. */
  constructor(ticks: () => number) {
    this.#ticks = ticks;
    this.#startedTicks = ticks();
  }

  decide(decision: Omit<NotedDecision, 'atMs'>): void {
    const atMs = Math.round((this.#ticks() - this.#startedTicks) * 1000) / 1000;
    this.#decisions.push({ ...decision, atMs });
  }

  /** Notes that a request is being sent to this target. */
  attempt(target: Target): void {
    this.#attempts += 1;
    this.#lastTarget = target;
  }

  /** Books what a stage consumed besides the answer; it becomes part of the call's usage and cost. */
  spent(expense: Expense): void {
    (this.#expenses ??= []).push(expense);
  }

  /** Sets a header of the response, `x-illm-…`. Without effect once the first content was sent. */
  tell(name: `x-illm-${string}` | `x-ratelimit-${string}`, value: string): void {
    (this.#told ??= {})[name] = value;
  }

  get decisions(): readonly NotedDecision[] {
    return this.#decisions;
  }

  get expenses(): readonly Expense[] {
    return this.#expenses ?? NONE;
  }

  /** Headers for the response; null when there are none. */
  get told(): Readonly<Record<string, string>> | null {
    return this.#told;
  }

  get attempts(): number {
    return this.#attempts;
  }

  get lastTarget(): Target | null {
    return this.#lastTarget;
  }
}

const NONE: readonly Expense[] = [];
