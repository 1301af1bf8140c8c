import type { Call } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';
import type { UsagePart } from '../../core/part.ts';
import type { Target } from '../../core/target.ts';
import type { Round } from './ask-round.ts';
import { splitUsage, type Weight } from './share.ts';

export const STAGE = 'together';

/**
 * Books what the rounds consumed on the calls, each its share. Requests that were sent count on the first call, and so
 * does what has a price but no tokens.
 */
export function bookShares(
  calls: readonly Call[],
  rounds: readonly Round[],
  weights: readonly Weight[],
): void {
  const [lead] = calls;
  const why = `share of a question common to ${calls.length} calls`;
  const book = (target: Target, usage: UsagePart | null): void => {
    const shares = usage && splitUsage(usage.usage, weights);
    calls.forEach(({ trail }, index) => {
      const share = shares?.[index];
      trail.spent({ stage: STAGE, why, target, usage: usage && share ? { ...usage, usage: share } : null });
    });
  };
  for (const { consumed, head, trail, usage } of rounds) {
    if (consumed && head) book(head.target, usage);
    for (const expense of trail.expenses) {
      if ('cost' in expense) lead?.trail.spent(expense);
      else book(expense.target, expense.usage);
    }
    const { lastTarget } = trail;
    for (let sent = 0; lastTarget && sent < trail.attempts; sent++) lead?.trail.attempt(lastTarget);
  }
}

/** What the stages after this one did to the common question, for people. */
export function notesOf(rounds: readonly Round[]): JsonObject[] {
  return rounds.flatMap(({ trail }) =>
    trail.decisions.map(({ stage, action, why }) => ({ stage, action, why })),
  );
}
