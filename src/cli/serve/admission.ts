import type { BudgetRule, BudgetState } from '../../core/admission.ts';
import type { Counters } from '../../core/counters.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { Admission, rulesOfKey, type SpentBefore, windowStart } from '../../policy/admit/index.ts';
import { EVERY_CALL, type Store } from '../../store/index.ts';

interface AdmissionDeps {
  readonly settings: () => Settings;
  readonly store: Store;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Log;
}

const MOST_SUBJECTS = 10_000;
const HOUR_MS = 3_600_000;
const STEP_MS = { hour: HOUR_MS, day: 24 * HOUR_MS } as const;
/** Longer windows are read in days. */
const SHORT_MS = 8 * STEP_MS.day;

export function openAdmission({ settings, store, counters, clock, log }: AdmissionDeps): Admission {
  return new Admission({
    settings: () => settings().admission,
    counters,
    spent: (rule, now) => spentBefore(store, rule, now),
    // Counters of one machine lose nothing but with their process, and begin with the ledger then.
    totals: settings().sharedUrl === null ? null : (rule, now) => totalsOf(store, rule, now),
    clock,
    log,
  });
}

/** What the ledger says was spent in a budget's window, each at the latest time at which it may have been. */
async function spentBefore(store: Store, rule: BudgetRule, now: number): Promise<SpentBefore[]> {
  const start = windowStart(rule.window, now);
  if (rule.window.kind === 'fixed') {
    const sums = await sumsOf(store, rule, start, now, null);
    return sums.map((sum) => ({ ...sum, at: start }));
  }
  const step = rule.window.ms > SHORT_MS ? 'day' : 'hour';
  const from = Math.floor(start / HOUR_MS) * HOUR_MS;
  const sums = await sumsOf(store, rule, from, now, step);
  return sums.map((sum) => ({ ...sum, at: Math.min(now, sum.at + STEP_MS[step] - 1) }));
}

/** Sums that are certainly in the window: of a sliding one, the broken hour at its beginning is left out. */
async function totalsOf(store: Store, rule: BudgetRule, now: number): Promise<SpentBefore[]> {
  const start = windowStart(rule.window, now);
  const from = rule.window.kind === 'fixed' ? start : Math.ceil(start / HOUR_MS) * HOUR_MS;
  return await sumsOf(store, rule, from, now, null);
}

async function sumsOf(
  store: Store,
  rule: BudgetRule,
  from: number,
  now: number,
  step: keyof typeof STEP_MS | null,
): Promise<SpentBefore[]> {
  if (from > now) return [];
  // What is in the journal only was spent as well.
  await store.ledger.flush();
  const { rows } = await store.queries.spend({
    filter: {
      ...EVERY_CALL,
      ...onlyOf(rule),
      from: new Date(from).toISOString(),
      to: new Date(now + 60_000).toISOString(),
    },
    groupBy: [...dimensionsOf(rule), ...(step ? [step] : [])],
    limit: MOST_SUBJECTS,
  });
  return rows.map(({ group, costUsd }) => ({
    subject: subjectIn(group, rule),
    at: step ? Date.parse(group[step] ?? '') : from,
    costUsd,
  }));
}

/** The budgets with all that calls were counted for in their windows. @throws CallError `not_ready` */
export async function budgetStates(
  admission: Admission,
  store: Store,
  settings: Settings,
  now: number,
): Promise<BudgetState[]> {
  const configured = settings.admission.budgets.map(async (rule) => {
    if (rule.by === 'all' || rule.only !== null) return await admission.states(rule, [rule.only ?? '']);
    const subjects = (await totalsOf(store, rule, now)).map(({ subject }) => subject);
    return await admission.states(rule, [...new Set(subjects)].sort());
  });
  const keys = await store.keys.list();
  const names = new Map(keys.map(({ id, name }) => [id, name]));
  const active = keys.filter(({ revokedAt }) => revokedAt === null);
  const own = active.flatMap(({ id, name, limits }) =>
    limits
      ? rulesOfKey(limits, id, name).budgets.map(async (rule) => await admission.states(rule, [id]))
      : [],
  );
  const states = (await Promise.all([...configured, ...own])).flat();
  return states.map((state) => {
    const valueName = state.by === 'key' ? (names.get(state.value ?? '') ?? null) : null;
    return { ...state, valueName };
  });
}

function dimensionsOf({ by }: BudgetRule): string[] {
  if (by === 'all') return [];
  return by === 'model' ? ['provider', 'model'] : [by];
}

/** Narrows the question to the one value that a budget is kept for. */
function onlyOf({ by, only }: BudgetRule): Partial<Record<'keyId' | 'team' | 'user' | 'provider', string>> {
  if (only === null || only === '(none)') return {};
  if (by === 'key') return { keyId: only };
  return by === 'team' || by === 'user' || by === 'provider' ? { [by]: only } : {};
}

function subjectIn(group: Readonly<Record<string, string | null>>, { by }: BudgetRule): string {
  if (by === 'all') return '';
  if (by === 'model') return `${group['provider'] ?? ''}/${group['model'] ?? ''}`;
  return group[by] ?? '(none)';
}
