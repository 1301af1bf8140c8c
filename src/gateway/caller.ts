import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../core/call.ts';
import type { BodyAttribution } from '../core/dialect.ts';
import { CallError } from '../core/errors.ts';
import { VIRTUAL_KEY_PREFIX } from '../core/key.ts';
import type { KeyRing } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';

const MOST_TAGS = 16;
const MOST_TAG_LENGTH = 64;
const MOST_NAME_LENGTH = 256;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/;

/** The credential a client sent, wherever its SDK puts it. */
export function credentialOf(headers: IncomingHttpHeaders, url: string): string | null {
  const bearer = headers.authorization;
  if (bearer !== undefined && /^bearer /i.test(bearer)) return bearer.slice(7).trim() || null;
  const header = headers['x-api-key'] ?? headers['x-goog-api-key'];
  if (typeof header === 'string' && header !== '') return header;
  const query = url.indexOf('?');
  return query < 0 ? null : new URLSearchParams(url.slice(query + 1)).get('key');
}

/**
 * Lets a client in, or not: once virtual keys exist, only they are accepted; before, a client's own provider key is kept
 * to be passed on.
 * @throws CallError `unauthenticated`, or `not_ready` while the keys were never read
 */
export function authenticate(credential: string | null, keys: KeyRing): Caller {
  if (!keys.ready)
    throw new CallError(
      'not_ready',
      'The gateway has not been able to read its keys from the store yet; try again shortly.',
    );
  const virtual = credential?.startsWith(VIRTUAL_KEY_PREFIX) ? keys.find(credential) : null;
  if (virtual) {
    if (virtual.scope !== 'call')
      throw new CallError(
        'forbidden',
        `The key ${virtual.prefix}… opens the management API, not calls; create one for calls.`,
      );
    const { id, name, team, user, tags, limits } = virtual;
    return { ...NOBODY, keyId: id, keyName: name, team, user, tags, ...(limits && { limits }) };
  }
  if (credential?.startsWith(VIRTUAL_KEY_PREFIX))
    throw new CallError(
      'unauthenticated',
      'This virtual key is unknown, expired or revoked; ask for a new one ("infinite-llm keys create").',
    );
  if (keys.required)
    throw new CallError(
      'unauthenticated',
      'This gateway accepts only its own virtual keys (sk-illm-…); send one as the API key of your SDK.',
    );
  if (credential === null) return NOBODY;
  return ownCredential(credential);
}

/** Clients whose credentials are remembered, so that they are not hashed anew for every call. */
const MOST_REMEMBERED = 1000;
const remembered = new Map<string, Caller>();

function ownCredential(credential: string): Caller {
  const known = remembered.get(credential);
  if (known) return known;
  const secret = new Secret(credential);
  const caller = { ...NOBODY, keyName: `client:${secret.fingerprint}`, credential: secret };
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(credential, caller);
  return caller;
}

const NOBODY: Caller = {
  keyId: null,
  keyName: null,
  team: null,
  user: null,
  tags: {},
  session: null,
  traceparent: null,
  credential: null,
};

/**
 * Adds what request and body say about whom to book the call on. A key's own team and user win over what is claimed;
 * tags of the header win over those of the body, and the key's over both.
 * @throws CallError `invalid_request` for malformed `x-illm-tags`
 */
export function attribute(caller: Caller, headers: IncomingHttpHeaders, body: BodyAttribution): Caller {
  const session = text(headers['x-illm-session']);
  const trace = text(headers.traceparent);
  return {
    ...caller,
    user: caller.user ?? text(headers['x-illm-user']) ?? body.user?.slice(0, MOST_NAME_LENGTH) ?? null,
    tags: { ...bounded(body.tags), ...parseTags(text(headers['x-illm-tags'])), ...caller.tags },
    session,
    traceparent: trace !== null && TRACEPARENT.test(trace) ? trace : null,
  };
}

/** Parses `feature=search,env=prod`. */
export function parseTags(header: string | null): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  if (header === null) return {};
  for (const pair of header.split(',')) {
    if (pair.trim() === '') continue;
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    if (equals < 0 || name === '' || name.length > MOST_TAG_LENGTH || value.length > MOST_TAG_LENGTH)
      throw new CallError(
        'invalid_request',
        `x-illm-tags must look like "feature=search,env=prod", names and values of at most ${MOST_TAG_LENGTH} characters; this part does not: ${JSON.stringify(pair.slice(0, 80))}`,
        { param: 'x-illm-tags' },
      );
    tags.set(name, value);
  }
  if (tags.size > MOST_TAGS)
    throw new CallError('invalid_request', `x-illm-tags holds more than ${MOST_TAGS} tags.`, {
      param: 'x-illm-tags',
    });
  return Object.fromEntries(tags);
}

/** Metadata belongs to the provider's API, so what does not fit as a tag is left to the provider without an error. */
function bounded(tags: Readonly<Record<string, string>>): Record<string, string> {
  const fitting = Object.entries(tags).filter(
    ([name, value]) => name.length <= MOST_TAG_LENGTH && value.length <= MOST_TAG_LENGTH,
  );
  return Object.fromEntries(fitting.slice(0, MOST_TAGS));
}

function text(header: string | readonly string[] | undefined): string | null {
  if (typeof header !== 'string' || header.trim() === '') return null;
  return header.trim().slice(0, 4096);
}
