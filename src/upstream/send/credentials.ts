import type { Call } from '../../core/call.ts';
import { CallError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { dialectNamed } from '../../dialects/index.ts';
import type { KeyPool } from '../keys/key-pool.ts';
import type { ProviderContext } from '../provider-context.ts';

/** What a request shows to the provider. */
export interface Credential {
  /** Null for servers that want none. */
  readonly key: Secret | null;
  /** One of the gateway's keys, as opposed to the client's own. */
  readonly isOurs: boolean;
  /** Call once, however the request ended. */
  readonly release: () => void;
}

const NONE: Credential = { key: null, isOurs: false, release: () => undefined };

/** Header names under which a configured header can stand for a key. */
const KEY_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'];

/**
 * One of the provider's keys; or the client's own credential, if it belongs to this provider.
 * @throws CallError `rate_limited` or `upstream_unauthorized` while all keys rest, `unauthenticated` when there is none
 */
export function credentialFor(at: ProviderContext, keys: KeyPool, call: Call, model: string): Credential {
  if (keys.size > 0) {
    const lease = keys.take(model);
    if (lease) return { key: lease.key, isOurs: true, release: lease.release };
    throw restingError(at, keys, model);
  }
  const own = call.caller.credential;
  if (own && belongsHere(at, call, own)) return { ...NONE, key: own };
  if (!at.kind.needsKey || KEY_HEADERS.some((name) => at.headers[name] !== undefined)) return NONE;
  const [variable] = at.kind.envKeys;
  throw new CallError(
    'unauthenticated',
    `The gateway has no key for ${at.name}. Set ${variable ?? 'one'} in its environment or "providers.${at.name}.keys" in its configuration, or send your own ${at.kind.title} key.`,
    { retryable: 'other' },
  );
}

function restingError(at: ProviderContext, keys: KeyPool, model: string): CallError {
  const retryAfterMs = keys.readyInMs(model);
  if (keys.allRefused(model))
    return new CallError(
      'upstream_unauthorized',
      `${at.name} accepts none of the gateway's keys for ${model}. Check "providers.${at.name}.keys" in the configuration.`,
      { retryAfterMs },
    );
  return new CallError(
    'rate_limited',
    `${at.name} has limited all keys of the gateway; the next is ready in ${Math.ceil(retryAfterMs / 1000)} s.`,
    { retryAfterMs },
  );
}

/**
 * A client's credential goes to the provider that owns the client's dialect. On a path that is passed on without being
 * understood there is no dialect: then it must have come in the way this provider wants it.
 */
function belongsHere(at: ProviderContext, call: Call, credential: Secret): boolean {
  const { owner, credentialQuery } = at.kind;
  if (owner === null) return false;
  if (call.operation !== 'relay') return dialectNamed(call.dialect).owner === owner;
  const { url, headers } = call.wire;
  if (Object.keys(at.kind.authorize(credential)).some((name) => headers[name] !== undefined)) return true;
  return credentialQuery !== null && new URLSearchParams(url.split('?')[1] ?? '').has(credentialQuery);
}
