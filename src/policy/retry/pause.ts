import { isCallError } from '../../core/errors.ts';
import type { Random } from '../../core/ports.ts';
import type { RetrySettings } from '../../core/settings.ts';

/** No further try begins when a call has waited this long for its first token. */
const MOST_TOTAL_MS = 120_000;

export interface Tried {
  /** Tries so far. */
  readonly tries: number;
  /** Milliseconds since the first of them began. */
  readonly elapsedMs: number;
}

/**
 * How long to wait before the next try: exponential backoff with full jitter, or as long as the provider asks if that
 * is bearable.
 * @returns milliseconds, or null when this target is not to be tried again
 */
export function pauseMs(
  error: unknown,
  tried: Tried,
  settings: RetrySettings,
  random: Random,
): number | null {
  if (!isCallError(error) || error.retryable !== 'same' || tried.tries >= settings.attempts) return null;
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined && retryAfterMs > settings.maxMs) return null;
  const ceiling = Math.min(settings.maxMs, settings.baseMs * 2 ** (tried.tries - 1));
  const jitter = random() * ceiling;
  // Never before the time asked for, and not all at that very moment.
  const pause = retryAfterMs === undefined ? jitter : retryAfterMs + 1 + jitter / 4;
  return tried.elapsedMs + pause > MOST_TOTAL_MS ? null : Math.ceil(pause);
}
