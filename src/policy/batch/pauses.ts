import type { BatchSettings } from '../../core/batch.ts';
import type { CallError } from '../../core/errors.ts';

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 600_000;

/** Milliseconds before a call of a batch is tried again; null when it is not. @param attempt tries before this one */
export function retryPause(
  error: Pick<CallError, 'code' | 'retryable' | 'retryAfterMs'>,
  attempt: number,
  attempts: number,
  random: number,
): number | null {
  const passes = error.retryable !== 'never' || error.code === 'not_ready';
  if (!passes || attempt + 1 >= attempts) return null;
  const most = Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS);
  return Math.round(Math.max(most / 2 + (random * most) / 2, error.retryAfterMs ?? 0));
}

/** Milliseconds before a provider is asked again how its batch stands. @param polls looks before */
export function pollPause(
  { pollMs, pollMaxMs }: Pick<BatchSettings, 'pollMs' | 'pollMaxMs'>,
  polls: number,
): number {
  return Math.round(Math.min(pollMs * 1.5 ** Math.min(polls, 100), pollMaxMs));
}
