import { amended, CallError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { ResponseHead } from '../answer/answer-reader.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from './plan.ts';
import { bytesWithout } from './redact.ts';

/** Headers of an error answer that a client can use. */
const TOLD_HEADERS = [
  'content-type',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  'request-id',
  'x-request-id',
];

/**
 * A provider's error answer as a CallError.
 * @param head without headers that repeat the key
 * @param key the credential that was sent; it is cut out of the body wherever the provider repeats it
 * @param isOurs whether that is one of the gateway's keys, about which a client can do nothing
 */
export function providerError(
  at: ProviderContext,
  plan: Plan,
  head: ResponseHead,
  body: Buffer,
  key: Secret | null,
  isOurs: boolean,
): CallError {
  const { status, headers } = head;
  const bytes = bytesWithout(body, key);
  const error = plan.dialect.parseError(status, bytes.toString('utf8'));
  if (isOurs && key && error.code === 'upstream_unauthorized') {
    // What forbids one request is worth reading; what is wrong with a key is not the client's business.
    const why = status === 403 ? `: ${error.message}` : '.';
    return new CallError(
      'upstream_unauthorized',
      `${at.name} refused the gateway's key ${key.fingerprint} (HTTP ${status})${why} Check "providers.${at.name}.keys" in the configuration.`,
    );
  }
  const { retryAfterMs, exhaustedMs } = at.kind.limits(headers, at.clock.now());
  const waitMs = retryAfterMs ?? error.retryAfterMs ?? (error.code === 'rate_limited' ? exhaustedMs : null);
  return amended(error, {
    ...(waitMs !== null && { retryAfterMs: waitMs }),
    ...(plan.relaysErrors && { wire: { status, headers: told(headers), body: bytes } }),
  });
}

function told(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of TOLD_HEADERS) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
