import type { BudgetRule } from '../../core/admission.ts';
import type { Counters } from '../../core/counters.ts';
import { picoFromUsd } from '../../core/money.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { nanoOf } from './amounts.ts';
import { budgetAccount, seedName } from './entries.ts';
import { bucketsAt } from './window.ts';

/** What the ledger says was spent for one of those that a budget is kept for. */
export interface SpentBefore {
  readonly subject: string;
  /** Epoch milliseconds, no earlier than it was spent. */
  readonly at: number;
  readonly costUsd: string;
}

export interface PastDeps {
  readonly counters: Counters;
  /** What was spent in the budget's window, in steps of time: at least that. */
  readonly spent: (rule: BudgetRule, now: number) => Promise<readonly SpentBefore[]>;
  /** The same as one sum for each subject: at most that. Null where the counters cannot lose anything. */
  readonly totals: ((rule: BudgetRule, now: number) => Promise<readonly SpentBefore[]>) | null;
  readonly clock: Clock;
  readonly log: Log;
}

const EVERY_MS = 60_000;
/** Budgets looked at in one round. */
const MOST_AT_ONCE = 200;

/** Brings what the ledger knows into the counters: when a budget is first used, and from time to time. */
export class Past {
  readonly #deps: PastDeps;
  readonly #seeding = new Map<string, Promise<void>>();
  /** Budgets that were used since they were last compared. */
  readonly #used = new Map<string, BudgetRule>();
  readonly #timer: NodeJS.Timeout | null;
  #failing = false;

  constructor(deps: PastDeps) {
    this.#deps = deps;
    this.#timer = deps.totals ? setInterval(() => void this.reconcile(), EVERY_MS) : null;
    this.#timer?.unref();
  }

  /** Notes that the budget is used. */
  note(rule: BudgetRule): void {
    if (this.#deps.totals) this.#used.set(seedName(rule), rule);
  }

  /** Takes over the budget's past, once for all processes. */
  async seed(rule: BudgetRule): Promise<void> {
    const name = seedName(rule);
    const begun = this.#seeding.get(name) ?? this.#seed(name, rule);
    this.#seeding.set(name, begun);
    try {
      await begun;
    } finally {
      this.#seeding.delete(name);
    }
  }

  /** What another process spent and could not count, or the counters lost, is in the ledger. */
  async reconcile(): Promise<void> {
    const { totals, counters, clock, log } = this.#deps;
    if (!totals) return;
    for (const [name, rule] of [...this.#used].slice(0, MOST_AT_ONCE)) {
      this.#used.delete(name);
      try {
        const now = clock.now();
        const { bucket, oldest } = bucketsAt(rule.window, now);
        const known = await totals(rule, now);
        await counters.raise(
          known.map(({ subject, costUsd }) => ({
            account: budgetAccount(rule, subject),
            bucket,
            oldest,
            used: nanoOf(picoFromUsd(costUsd)),
          })),
        );
        this.#failing = false;
      } catch (error) {
        this.#used.set(name, rule);
        if (!this.#failing) log.warn('Budgets could not be compared with the ledger', { error });
        this.#failing = true;
        return;
      }
    }
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  async #seed(name: string, rule: BudgetRule): Promise<void> {
    const { clock, counters, spent } = this.#deps;
    if (await counters.seeded(name)) return;
    const before = await spent(rule, clock.now());
    const used = before.map(({ subject, at, costUsd }) => ({
      account: budgetAccount(rule, subject),
      bucket: bucketsAt(rule.window, at).bucket,
      amount: nanoOf(picoFromUsd(costUsd)),
    }));
    await counters.seed(name, used);
  }
}
