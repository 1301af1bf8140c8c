import type { CallError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { KeyPool } from '../keys/key-pool.ts';

/** How long a key rests that has used up its quota, where the provider does not say. */
const QUOTA_MS = 5 * 60_000;

/**
 * Lets a key rest when the error is about it.
 * @param status of the provider's answer
 * @returns what happened, for people; null when the error is about something else
 */
export function judgeKey(
  keys: KeyPool,
  key: Secret,
  model: string,
  error: CallError,
  status: number,
): string | null {
  switch (error.code) {
    case 'rate_limited': {
      // Where waiting does not help, the account's quota is used up, for every model.
      const isQuota = error.retryable === 'other';
      const hint = error.retryAfterMs ?? (isQuota ? QUOTA_MS : null);
      return `key ${key.fingerprint} is limited for ${seconds(keys.limited(key, isQuota ? null : model, hint))}`;
    }
    case 'upstream_unauthorized':
      // 403 forbids this request, not every one.
      return `key ${key.fingerprint} was refused and rests for ${seconds(keys.refused(key, status === 403 ? model : null))}`;
    default:
      return null;
  }
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 100) / 10} s`;
}
