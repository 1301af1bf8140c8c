import type { Call } from '../../core/call.ts';
import type { Balance } from '../../core/counters.ts';
import { CallError } from '../../core/errors.ts';
import { usdFromPico } from '../../core/money.ts';
import { formatTarget } from '../../core/target.ts';
import { picoOf } from './amounts.ts';
import { type Entry, MINUTE } from './entries.ts';
import { needsTarget } from './subject.ts';
import { bucketsAt, forgottenAt, windowName } from './window.ts';

/** While calls under way hold what is left, nobody knows when: soon. */
const SOON_MS = 1000;

/** @param freedBy the bucket that must be forgotten for the claim to fit; null when that does not help */
export function refusal(entry: Entry, balance: Balance, freedBy: number | null, now: number): CallError {
  return entry.unit === 'dollars'
    ? overBudget(entry, balance, freedBy, now)
    : rateLimited(entry, balance, freedBy, now);
}

function rateLimited(
  { claim, unit, rule, subject, target }: Entry,
  { used, reserved }: Balance,
  freedBy: number | null,
  now: number,
): CallError {
  const waitMs = freedBy === null ? SOON_MS : Math.max(1, forgottenAt(MINUTE, freedBy) - now);
  const what = unit === 'calls at once' ? unit : `${unit} a minute`;
  return new CallError(
    'rate_limited',
    `The limit ${rule.name}${whose(rule.by, subject)} is ${claim.limit} ${what}; ${used + reserved} are counted. Try again in ${Math.ceil(waitMs / 1000)} s.`,
    // Of one target: another one may do.
    { retryAfterMs: waitMs, retryable: target ? 'other' : 'never' },
  );
}

function overBudget(
  { claim, rule, subject, target }: Extract<Entry, { readonly unit: 'dollars' }>,
  { used, reserved }: Balance,
  freedBy: number | null,
  now: number,
): CallError {
  const left = usdFromPico(picoOf(Math.max(0, claim.limit - used - reserved)));
  // Calls under way give back what they do not use.
  const soon = used + claim.amount <= claim.limit;
  const { resetsAt } = bucketsAt(rule.window, now);
  const until = resetsAt ?? (freedBy === null ? null : forgottenAt(rule.window, freedBy));
  const reset = soon
    ? ' It may have room again as soon as they are over.'
    : until === null
      ? ''
      : ` It has room again at ${new Date(until).toISOString()}.`;
  const model = target ? ` by ${formatTarget(target)}` : '';
  const waitMs = soon ? SOON_MS : until === null ? null : Math.max(1, until - now);
  return new CallError(
    'over_budget',
    `The budget ${rule.name}${whose(rule.by, subject)} is $${rule.limitUsd} for ${windowName(rule.window)}. $${left} are left${reserved > 0 ? ' beside calls under way' : ''}, and this call${model} may cost $${usdFromPico(picoOf(claim.amount))}.${reset} A smaller max_tokens or a shorter prompt needs less.`,
    {
      ...(waitMs !== null && { retryAfterMs: waitMs }),
      retryable: needsTarget(rule.by) ? 'other' : 'never',
    },
  );
}

function whose(by: string, subject: string): string {
  return by === 'all' ? '' : ` of ${by} ${JSON.stringify(subject)}`;
}

/** Tells the client how its rates stand: of several limits, the one with least left. */
export function tellRates(
  call: Call,
  entries: readonly Entry[],
  balances: readonly Balance[],
  now: number,
): void {
  for (const unit of ['requests', 'tokens'] as const) {
    let least: { readonly limit: number; readonly left: number } | null = null;
    entries.forEach((entry, index) => {
      const balance = balances[index];
      if (entry.unit !== unit || !balance) return;
      const { limit, amount } = entry.claim;
      const left = Math.max(0, limit - balance.used - balance.reserved - amount);
      if (!least || left < least.left) least = { limit, left };
    });
    if (least) tell(call, unit, least, now);
  }
}

function tell(
  call: Call,
  unit: 'requests' | 'tokens',
  { limit, left }: { readonly limit: number; readonly left: number },
  now: number,
): void {
  const { bucket } = bucketsAt(MINUTE, now);
  call.trail.tell(`x-ratelimit-limit-${unit}`, String(limit));
  call.trail.tell(`x-ratelimit-remaining-${unit}`, String(left));
  // When all of it is there again.
  call.trail.tell(`x-ratelimit-reset-${unit}`, `${Math.ceil((forgottenAt(MINUTE, bucket) - now) / 1000)}s`);
}

/** The same for a call that was refused by one of them. */
export function tellRefused(call: Call, { unit, claim }: Entry, now: number): void {
  if (unit === 'requests' || unit === 'tokens') tell(call, unit, { limit: claim.limit, left: 0 }, now);
}
