import type { BudgetRule, BudgetState } from '../../core/admission.ts';
import type { Counters } from '../../core/counters.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { Admission, type SpentBefore, windowStart } from '../../policy/admit/index.ts';
import type { Store } from '../../store/index.ts';

interface AdmissionDeps {
  readonly settings: () => Settings;
  readonly store: Store;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Log;
}

const MOST_SUBJECTS = 1000;
const SHORT_MS = 8 * 86_400_000;

export function openAdmission({ settings, store, counters, clock, log }: AdmissionDeps): Admission {
  return new Admission({
    settings: () => settings().admission,
    counters,
    spent: (rule, now) => spentBefore(store, rule, now),
    clock,
    log,
  });
}

/** What the ledger says was spent in a budget's window, in steps of an hour or a day. */
async function spentBefore(store: Store, rule: BudgetRule, now: number): Promise<SpentBefore[]> {
  // What is in the journal only was spent as well.
  await store.ledger.flush();
  const from = windowStart(rule.window, now);
  const step = now - from > SHORT_MS ? 'day' : 'hour';
  const { rows } = await store.queries.spend({
    filter: { ...ALL, from: new Date(from).toISOString(), to: new Date(now + 60_000).toISOString() },
    groupBy: [...dimensionsOf(rule), step],
    limit: MOST_SUBJECTS,
  });
  return rows.map(({ group, costUsd }) => ({
    subject: subjectIn(group, rule),
    at: Math.max(from, Date.parse(group[step] ?? '')),
    costUsd,
  }));
}

/** The budgets with all that calls were counted for in their windows. */
export async function budgetStates(
  admission: Admission,
  store: Store,
  settings: Settings,
  now: number,
): Promise<BudgetState[]> {
  const states = settings.admission.budgets.map(async (rule) => {
    if (rule.by === 'all' || rule.only !== null) return await admission.states(rule, [rule.only ?? '']);
    const subjects = (await spentBefore(store, rule, now)).map(({ subject }) => subject);
    return await admission.states(rule, [...new Set(subjects)].sort());
  });
  return (await Promise.all(states)).flat();
}

function dimensionsOf({ by }: BudgetRule): string[] {
  if (by === 'all') return [];
  return by === 'model' ? ['provider', 'model'] : [by];
}

function subjectIn(group: Readonly<Record<string, string | null>>, { by }: BudgetRule): string {
  if (by === 'all') return '';
  if (by === 'model') return `${group['provider'] ?? ''}/${group['model'] ?? ''}`;
  return group[by] ?? '(none)';
}

const ALL = {
  status: null,
  provider: null,
  model: null,
  requestedModel: null,
  team: null,
  user: null,
  keyId: null,
  session: null,
  dialect: null,
  operation: null,
  errorCode: null,
  tags: [],
  unpricedOnly: false,
  lever: null,
} as const;
