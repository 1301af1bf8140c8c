import type { AdmissionSettings, BudgetRule, BudgetState, RateRule } from '../../core/admission.ts';
import type { Call } from '../../core/call.ts';
import type { Balance, Claim, Counters, Settlement } from '../../core/counters.ts';
import { CallError } from '../../core/errors.ts';
import { type PicoUsd, picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { promptTokens } from '../../core/usage.ts';
import { needsTarget, subjectOf } from './subject.ts';
import { bucketsAt, forgottenAt, windowName } from './window.ts';
import type { WorstCase } from './worst-case.ts';

/** How long a reservation lasts that is not renewed: its process has died. */
const LEASE_MS = 600_000;
const RENEW_MS = 120_000;
const MINUTE = { kind: 'sliding', ms: 60_000 } as const;
/** Counters are in billionths of a dollar, rounded up: integers that are exact up to nine million dollars. */
const PICO_PER_NANO = 1000n;

type Unit = 'requests' | 'tokens' | 'calls at once' | 'dollars';

interface Entry {
  readonly claim: Claim;
  readonly unit: Unit;
  readonly rule: RateRule | BudgetRule;
  readonly subject: string;
  readonly target: Target | null;
}

interface Reservation {
  readonly id: string;
  readonly entries: readonly Entry[];
}

export interface AdmissionDeps {
  readonly settings: () => AdmissionSettings;
  readonly counters: Counters;
  /** What was spent in a budget's window so far, by whom it is kept for: from the ledger. */
  readonly spent: (rule: BudgetRule, now: number) => Promise<readonly SpentBefore[]>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SpentBefore {
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly costUsd: string;
}

/** Keeps limits and budgets: reserves before a call what it may take, and counts afterwards what it took. */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #pending = new Map<string, Reservation[]>();
  readonly #seeds = new Map<string, Promise<void>>();
  readonly #renewal: NodeJS.Timeout;

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
    this.#renewal = setInterval(() => void this.#renew(), RENEW_MS);
    this.#renewal.unref();
  }

  get settings(): AdmissionSettings {
    return this.#deps.settings();
  }

  /** @throws CallError `rate_limited` */
  async admit(call: Call): Promise<void> {
    await this.#reserve(call, this.#rateEntries(call, null), null);
  }

  /**
   * Reserves what a call may cost at its target, for every budget that it counts against.
   * @returns how to give it back, when nothing was consumed
   * @throws CallError `over_budget` or `rate_limited`
   */
  async reserve(call: Call, target: Target, worst: WorstCase): Promise<() => Promise<void>> {
    const entries = [...this.#rateEntries(call, target), ...this.#budgetEntries(call, target, worst)];
    return await this.#reserve(call, entries, target);
  }

  /** Counts what a finished call took and gives back what it did not. */
  observe(record: CallRecord): void {
    const reservations = this.#pending.get(record.id);
    if (!reservations) return;
    this.#pending.delete(record.id);
    for (const [index, { id, entries }] of reservations.entries()) {
      const earlier = reservations
        .slice(0, index)
        .flatMap((each) => each.entries.map(({ claim }) => claim.account));
      const used = entries.flatMap((entry): Settlement[] => {
        const { account, bucket } = entry.claim;
        // A call counts once for each account, however often it was sent; requests count each time.
        if (entry.unit !== 'requests' && earlier.includes(account)) return [];
        return [{ account, bucket, amount: takenOf(entry, record) }];
      });
      this.#settle(id, entries, used);
    }
  }

  /** The budgets as they stand for these values. */
  async states(rule: BudgetRule, values: readonly string[]): Promise<BudgetState[]> {
    await this.#known(rule);
    const now = this.#deps.clock.now();
    const { oldest, resetsAt } = bucketsAt(rule.window, now);
    const accounts = values.map((value) => ({ account: accountOf('budget', rule, value), oldest }));
    const balances = await this.#deps.counters.read(accounts, now);
    const limit = picoFromUsd(rule.limitUsd);
    return balances.map(({ used, reserved }, index) => ({
      name: rule.name,
      by: rule.by,
      value: rule.by === 'all' ? null : (values[index] ?? null),
      limitUsd: usdFromPico(limit),
      spentUsd: usdFromPico(picoOf(used)),
      reservedUsd: usdFromPico(picoOf(reserved)),
      leftUsd: usdFromPico(limit - picoOf(used) - picoOf(reserved)),
      window: windowName(rule.window),
      resetsAt: resetsAt === null ? null : new Date(resetsAt).toISOString(),
    }));
  }

  close(): void {
    clearInterval(this.#renewal);
  }

  #rateEntries(call: Call, target: Target | null): Entry[] {
    const { rateLimits } = this.settings;
    if (rateLimits.length === 0) return [];
    const { bucket, oldest } = bucketsAt(MINUTE, this.#deps.clock.now());
    return rateLimits.flatMap((rule): Entry[] => {
      if (needsTarget(rule.by) !== (target !== null)) return [];
      const subject = subjectOf(rule.by, call.caller, target);
      if (subject === null || (rule.only !== null && rule.only !== subject)) return [];
      const entry = (unit: Unit, limit: number | null, amount: number): Entry[] =>
        limit === null
          ? []
          : [
              {
                claim: {
                  account: accountOf(`rate ${unit}`, rule, subject),
                  amount,
                  limit,
                  bucket: unit === 'calls at once' ? 0 : bucket,
                  oldest: unit === 'calls at once' ? 0 : oldest,
                },
                unit,
                rule,
                subject,
                target,
              },
            ];
      const generates = call.operation === 'generate' || call.operation === 'embed';
      return [
        ...entry('requests', rule.requestsPerMinute, 1),
        ...(generates ? entry('tokens', rule.tokensPerMinute, Math.ceil(call.wire.body.length / 4)) : []),
        ...entry('calls at once', rule.concurrency, 1),
      ];
    });
  }

  #budgetEntries(call: Call, target: Target, worst: WorstCase): Entry[] {
    return this.settings.budgets.flatMap((rule): Entry[] => {
      const subject = subjectOf(rule.by, call.caller, target);
      if (subject === null || (rule.only !== null && rule.only !== subject)) return [];
      if (worst.kind === 'unpriced' && rule.unpriced === 'refuse')
        throw new CallError(
          'over_budget',
          `The budget ${rule.name} cannot be kept for ${formatTarget(target)}: ${worst.why}. Give it a price in prices.rules, or set "unpriced: allow" on the budget.`,
        );
      const cost = worst.kind === 'bounded' ? worst.cost : picoFromUsd(rule.assumedUsd);
      const { bucket, oldest } = bucketsAt(rule.window, this.#deps.clock.now());
      const claim = {
        account: accountOf('budget', rule, subject),
        amount: nanoOf(cost),
        limit: Number(picoFromUsd(rule.limitUsd) / PICO_PER_NANO),
        bucket,
        oldest,
      };
      return [{ claim, unit: 'dollars', rule, subject, target }];
    });
  }

  async #reserve(call: Call, entries: readonly Entry[], target: Target | null): Promise<() => Promise<void>> {
    if (entries.length === 0) return async () => undefined;
    const { counters, clock } = this.#deps;
    for (const { rule } of entries) if ('limitUsd' in rule) await this.#known(rule);
    const earlier = this.#pending.get(call.id) ?? [];
    const id = `${call.id} ${earlier.length}`;
    const reservation = { id, entries };
    // Noted before it is asked for, so that an answer that is lost on the way is given back with the call.
    this.#pending.set(call.id, [...earlier, reservation]);
    const claims = entries.map(({ claim }) => claim);
    const verdict = await counters.reserve(id, claims, clock.now(), LEASE_MS);
    if (!verdict.granted) {
      this.#forget(call.id, reservation);
      const entry = entries.find(({ claim }) => claim.account === verdict.refused.account);
      if (!entry) throw new CallError('internal', 'A limit was refused that nobody asked for.');
      throw refusal(entry, verdict.refused, verdict.freedBy, clock.now(), target);
    }
    tellRates(call, entries, verdict.balances);
    return async () => {
      this.#forget(call.id, reservation);
      this.#settle(id, entries, []);
    };
  }

  /** The counters begin with what the ledger says, once for each budget. */
  #known(rule: BudgetRule): Promise<void> {
    const name = `budget:${rule.name}:${rule.by}:${windowName(rule.window)}`;
    const known = this.#seeds.get(name) ?? this.#seed(name, rule);
    this.#seeds.set(name, known);
    known.catch(() => this.#seeds.delete(name));
    return known;
  }

  async #seed(name: string, rule: BudgetRule): Promise<void> {
    const { clock, counters, spent } = this.#deps;
    if (await counters.seeded(name)) return;
    const before = await spent(rule, clock.now());
    const used = before.map(({ subject, at, costUsd }) => ({
      account: accountOf('budget', rule, subject),
      bucket: bucketsAt(rule.window, at).bucket,
      amount: nanoOf(picoFromUsd(costUsd)),
    }));
    await counters.seed(name, used);
  }

  #forget(callId: string, reservation: Reservation): void {
    const left = (this.#pending.get(callId) ?? []).filter((each) => each !== reservation);
    if (left.length > 0) this.#pending.set(callId, left);
    else this.#pending.delete(callId);
  }

  #settle(id: string, entries: readonly Entry[], used: readonly Settlement[]): void {
    const { counters, log } = this.#deps;
    const accounts = entries.map(({ claim }) => claim.account);
    counters.settle(id, accounts, used).catch((error: unknown) => {
      log.error('What a call used could not be counted against its limits; the ledger has it', { id, error });
    });
  }

  async #renew(): Promise<void> {
    const all = [...this.#pending.values()].flat();
    const accounts = [...new Set(all.flatMap(({ entries }) => entries.map(({ claim }) => claim.account)))];
    try {
      await this.#deps.counters.renew(
        all.map(({ id }) => id),
        accounts,
        this.#deps.clock.now() + LEASE_MS,
      );
    } catch (error) {
      this.#deps.log.warn('Reservations for calls under way could not be renewed', { error });
    }
  }
}

export function accountOf(kind: string, rule: BudgetRule | RateRule, subject: string): string {
  return `${kind}:${rule.name}:${subject}`;
}

export function nanoOf(pico: PicoUsd): number {
  return Number((pico + PICO_PER_NANO - 1n) / PICO_PER_NANO);
}

function picoOf(nano: number): PicoUsd {
  return BigInt(nano) * PICO_PER_NANO;
}

function takenOf({ unit, claim, rule, subject }: Entry, record: CallRecord): number {
  switch (unit) {
    case 'requests':
      return 1;
    case 'calls at once':
      return 0;
    case 'tokens':
      return promptTokens(record.usage) + record.usage.output;
    case 'dollars':
      // What has no price is counted as what was reserved for it.
      if (record.costUsd === null) return claim.amount;
      return needsTarget(rule.by)
        ? nanoOf(costAt(record, rule.by, subject))
        : nanoOf(picoFromUsd(record.costUsd));
  }
}

/** The part of a call's cost that fell to one provider or model. */
function costAt(record: CallRecord, by: string, subject: string): PicoUsd {
  const own = record.target ? formatTarget(record.target) : '';
  let sum: PicoUsd = 0n;
  for (const { target = own, costUsd } of record.costParts) {
    const value = by === 'model' ? target : target.slice(0, target.indexOf('/'));
    if (value === subject) sum += picoFromUsd(costUsd);
  }
  return sum < 0n ? 0n : sum;
}

function refusal(
  { claim, unit, rule, subject }: Entry,
  { used, reserved }: Balance,
  freedBy: number | null,
  now: number,
  target: Target | null,
): CallError {
  const whose = rule.by === 'all' ? '' : ` of ${rule.by} ${JSON.stringify(subject)}`;
  if (unit !== 'dollars' || !('limitUsd' in rule)) {
    const waitMs = freedBy === null ? 1000 : Math.max(1, forgottenAt(MINUTE, freedBy) - now);
    const what = unit === 'calls at once' ? unit : `${unit} a minute`;
    return new CallError(
      'rate_limited',
      `The limit ${rule.name}${whose} is ${claim.limit} ${what}; ${used + reserved} are counted. Try again in ${Math.ceil(waitMs / 1000)} s.`,
      { retryAfterMs: waitMs, retryable: 'never' },
    );
  }
  const left = usdFromPico(picoOf(Math.max(0, claim.limit - used - reserved)));
  const { resetsAt } = bucketsAt(rule.window, now);
  const until = resetsAt ?? (freedBy === null ? null : forgottenAt(rule.window, freedBy));
  const reset = until === null ? '' : ` It has room again at ${new Date(until).toISOString()}.`;
  const model = target ? ` by ${formatTarget(target)}` : '';
  return new CallError(
    'over_budget',
    `The budget ${rule.name}${whose} is $${rule.limitUsd} for ${windowName(rule.window)}. $${left} are left${reserved > 0 ? ' beside calls under way' : ''}, and this call${model} may cost $${usdFromPico(picoOf(claim.amount))}.${reset} A smaller max_tokens or a shorter prompt needs less.`,
    until === null ? {} : { retryAfterMs: until - now },
  );
}

function tellRates(call: Call, entries: readonly Entry[], balances: readonly Balance[]): void {
  entries.forEach(({ claim, unit }, index) => {
    const balance = balances[index];
    if (!balance || (unit !== 'requests' && unit !== 'tokens')) return;
    const left = Math.max(0, claim.limit - balance.used - balance.reserved - claim.amount);
    call.trail.tell(`x-ratelimit-limit-${unit}`, String(claim.limit));
    call.trail.tell(`x-ratelimit-remaining-${unit}`, String(left));
  });
}
