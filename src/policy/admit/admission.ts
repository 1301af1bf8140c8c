import type { AdmissionSettings, BudgetRule, BudgetState } from '../../core/admission.ts';
import type { Call } from '../../core/call.ts';
import type { Counters, Settlement, Verdict } from '../../core/counters.ts';
import { CallError, isCallError } from '../../core/errors.ts';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import type { Target } from '../../core/target.ts';
import type { Trail } from '../../core/trail.ts';
import { picoOf } from './amounts.ts';
import { budgetAccount, budgetEntries, type Entry, rateEntries } from './entries.ts';
import { Past, type PastDeps } from './past.ts';
import { refusal, tellRates, tellRefused } from './refusal.ts';
import { type Rules, rulesFor } from './rules.ts';
import { takenOf } from './taken.ts';
import { bucketsAt, windowName, windowStart } from './window.ts';
import type { WorstCase } from './worst-case.ts';

/** How long a reservation lasts that is not renewed, as its process has died: long enough to be started again. */
const BUDGET_LEASE_MS = 600_000;
/** Slots are given back sooner: nothing was spent. */
const RATE_LEASE_MS = 60_000;
const RENEW_MS = 20_000;
const MOST_SEEDINGS = 3;

interface Reservation {
  readonly id: string;
  readonly entries: readonly Entry[];
  readonly leaseMs: number;
}

/** Why a budget refused a call: what degrading needs to know. */
export interface Refused {
  readonly rule: BudgetRule;
  readonly target: Target | null;
}

export interface AdmissionDeps extends PastDeps {
  readonly settings: () => AdmissionSettings;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps limits and budgets: reserves before a call what it may take, and counts afterwards what it took. */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #past: Past;
  readonly #pending = new Map<string, Reservation[]>();
  readonly #refused = new WeakMap<CallError, Refused>();
  /** Budgets that sent the call to their cheaper alias. */
  readonly #degraded = new WeakMap<Trail, Set<string>>();
  /** Budgets and those they were kept for lately, for the metrics. */
  readonly #seen = new Map<string, { readonly rule: BudgetRule; readonly subject: string }>();
  readonly #renewal: NodeJS.Timeout;
  #uncounted = false;

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
    this.#past = new Past(deps);
    this.#renewal = setInterval(() => void this.renew(), RENEW_MS);
    this.#renewal.unref();
  }

  /** The limits of a call; both lists are empty where nothing need be done. */
  rules(call: Call, target: Target | null): Rules {
    return rulesFor(this.#deps.settings(), call.caller, target);
  }

  get assumedOutputTokens(): number {
    return this.#deps.settings().assumedOutputTokens;
  }

  /** @throws CallError `rate_limited` */
  async admit(call: Call, { rateLimits }: Rules): Promise<void> {
    const entries = rateEntries(rateLimits, call, null, this.#deps.clock.now());
    await this.#reserve(call, entries, RATE_LEASE_MS);
  }

  /**
   * Reserves what a call may cost at its target, for every budget that it counts against.
   * @returns how to give it back, when nothing was consumed
   * @throws CallError `over_budget` or `rate_limited`
   */
  async reserve(
    call: Call,
    target: Target,
    { budgets, rateLimits }: Rules,
    worst: WorstCase,
  ): Promise<() => void> {
    const now = this.#deps.clock.now();
    const degraded = this.#degraded.get(call.trail);
    const exempt = ({ name }: BudgetRule): boolean => degraded?.has(name) ?? false;
    const entries = [
      ...rateEntries(rateLimits, call, target, now),
      ...budgetEntries(budgets, call, target, worst, now, exempt),
    ];
    return await this.#reserve(call, entries, BUDGET_LEASE_MS);
  }

  /**
   * Counts a call against budgets that it cannot reserve for, as its share of another call's request is told only
   * afterwards. Null where nothing counts it.
   */
  count(call: Call, target: Target): Promise<unknown> | null {
    const { budgets } = this.rules(call, target);
    if (budgets.length === 0) return null;
    return this.reserve(call, target, { budgets, rateLimits: [] }, { kind: 'bounded', cost: 0n });
  }

  /** Which budget refused, when that was it. */
  refusedBy(error: unknown): Refused | null {
    return isCallError(error) ? (this.#refused.get(error) ?? null) : null;
  }

  /** From now on the budget only counts this call. False when it did so before. */
  exempt(trail: Trail, { name }: BudgetRule): boolean {
    const names = this.#degraded.get(trail) ?? new Set();
    this.#degraded.set(trail, names);
    return names.size < names.add(name).size;
  }

  /** Counts what a finished call took and gives back what it did not. */
  observe(record: CallRecord): void {
    const reservations = this.#pending.get(record.id);
    if (!reservations) return;
    this.#pending.delete(record.id);
    const counted = new Set<string>();
    for (const reservation of reservations) {
      const used = reservation.entries.flatMap((entry): Settlement[] => {
        const { account, bucket } = entry.claim;
        // A call counts once for each account, however often it was sent; requests count each time.
        if (entry.unit !== 'requests' && counted.has(account)) return [];
        counted.add(account);
        return [{ account, bucket, amount: takenOf(entry, record) }];
      });
      this.#settle(reservation, used);
    }
  }

  /** A budget as it stands for these values. @throws CallError `not_ready` */
  async states(rule: BudgetRule, values: readonly string[]): Promise<BudgetState[]> {
    const { clock, counters } = this.#deps;
    await this.#past.seed(rule);
    const now = clock.now();
    const { oldest, resetsAt } = bucketsAt(rule.window, now);
    const accounts = values.map((value) => ({ account: budgetAccount(rule, value), oldest }));
    const balances = await counters.read(accounts, now);
    const limit = picoFromUsd(rule.limitUsd);
    return balances.map(({ used, reserved }, index) => ({
      name: rule.name,
      by: rule.by,
      value: rule.by === 'all' ? null : (values[index] ?? null),
      valueName: null,
      limitUsd: usdFromPico(limit),
      spentUsd: usdFromPico(picoOf(used)),
      reservedUsd: usdFromPico(picoOf(reserved)),
      leftUsd: usdFromPico(limit - picoOf(used) - picoOf(reserved)),
      window: windowName(rule.window),
      startsAt: new Date(windowStart(rule.window, now)).toISOString(),
      resetsAt: resetsAt === null ? null : new Date(resetsAt).toISOString(),
      degradeTo: rule.degradeTo,
    }));
  }

  /** Budgets that were used lately in this process, as they stand. @throws CallError `not_ready` */
  async lately(): Promise<BudgetState[]> {
    const states = [...this.#seen.values()].map(({ rule, subject }) => this.states(rule, [subject]));
    return (await Promise.all(states)).flat();
  }

  /** Compares what is counted with the ledger. */
  async reconcile(): Promise<void> {
    await this.#past.reconcile();
  }

  /** Keeps the reservations of calls under way. */
  async renew(): Promise<void> {
    const { clock, counters, log } = this.#deps;
    const all = [...this.#pending.values()].flat();
    try {
      for (const leaseMs of [RATE_LEASE_MS, BUDGET_LEASE_MS]) {
        const mine = all.filter((each) => each.leaseMs === leaseMs);
        const accounts = mine.flatMap(({ entries }) => entries.map(({ claim }) => claim.account));
        const ids = mine.map(({ id }) => id);
        await counters.renew(ids, [...new Set(accounts)], clock.now() + leaseMs);
      }
    } catch (error) {
      log.warn('Reservations for calls under way could not be renewed', { error });
    }
  }

  close(): void {
    clearInterval(this.#renewal);
    this.#past.close();
  }

  async #reserve(call: Call, entries: readonly Entry[], leaseMs: number): Promise<() => void> {
    if (entries.length === 0) return NOTHING;
    const earlier = this.#pending.get(call.id) ?? [];
    const id = `${call.id} ${earlier.length}`;
    const reservation = { id, entries, leaseMs };
    // Noted before it is asked for, so that an answer that is lost on the way is given back with the call.
    this.#pending.set(call.id, [...earlier, reservation]);
    let verdict: Verdict;
    try {
      verdict = await this.#ask(reservation);
    } catch (error) {
      if (entries.some(({ rule }) => rule.sharedDown === 'closed')) throw error;
      this.#letThrough(call, error);
      return NOTHING;
    }
    const now = this.#deps.clock.now();
    if (!verdict.granted) {
      this.#forget(call.id, reservation);
      const refused = verdict.unseeded ? null : verdict.refused;
      const entry = entries.find(({ claim }) => claim.account === refused?.account);
      if (!entry || !refused || verdict.unseeded)
        throw new CallError('not_ready', 'What was spent before could not be counted; try again shortly.');
      tellRefused(call, entry, now);
      const error = refusal(entry, refused, verdict.freedBy, now);
      if (entry.unit === 'dollars') this.#refused.set(error, { rule: entry.rule, target: entry.target });
      throw error;
    }
    this.#uncounted = false;
    tellRates(call, entries, verdict.balances, now);
    this.#note(entries);
    return () => {
      this.#forget(call.id, reservation);
      this.#settle(reservation, []);
    };
  }

  async #ask({ id, entries, leaseMs }: Reservation): Promise<Verdict> {
    const { counters, clock } = this.#deps;
    const claims = entries.map(({ claim }) => claim);
    for (let seedings = 0; ; seedings++) {
      const verdict = await counters.reserve(id, claims, clock.now(), leaseMs);
      if (verdict.granted || !verdict.unseeded || seedings === MOST_SEEDINGS) return verdict;
      for (const { unit, rule } of entries) if (unit === 'dollars') await this.#past.seed(rule);
    }
  }

  #letThrough(call: Call, error: unknown): void {
    const why = isCallError(error) ? error.message : 'the counters failed';
    call.trail.decide({ stage: 'admit', action: 'uncounted', why: `let through uncounted: ${why}` });
    if (!this.#uncounted)
      this.#deps.log.warn('Calls are let through without counting them against limits', { error });
    this.#uncounted = true;
  }

  #note(entries: readonly Entry[]): void {
    for (const { unit, rule, subject, claim } of entries) {
      if (unit !== 'dollars') continue;
      this.#past.note(rule);
      // The longest unused goes first.
      this.#seen.delete(claim.account);
      this.#seen.set(claim.account, { rule, subject });
      if (this.#seen.size > MOST_SEEN) this.#seen.delete(this.#seen.keys().next().value ?? '');
    }
  }

  #forget(callId: string, reservation: Reservation): void {
    const left = (this.#pending.get(callId) ?? []).filter((each) => each !== reservation);
    if (left.length > 0) this.#pending.set(callId, left);
    else this.#pending.delete(callId);
  }

  #settle({ id, entries }: Reservation, used: readonly Settlement[]): void {
    const { counters, log } = this.#deps;
    const accounts = entries.map(({ claim }) => claim.account);
    counters.settle(id, accounts, used).catch((error: unknown) => {
      log.error('What a call used could not be counted against its limits; the ledger has it', { id, error });
    });
  }
}

/** Accounts that metrics are told of. */
const MOST_SEEN = 100;
const NOTHING = (): void => undefined;
