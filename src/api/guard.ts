import type { FastifyRequest } from 'fastify';
import { accessRefusal, bearerToken, isLoopback, secretsEqual } from '../core/access.ts';
import { CallError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import { failedLogins } from './failed-logins.ts';
import type { ApiDeps } from './ports.ts';

type Visitor = Pick<FastifyRequest, 'headers' | 'ip'>;
type GuardDeps = Pick<ApiDeps, 'listen' | 'keys' | 'adminKey' | 'localToken' | 'now'>;

export interface Guard {
  /** @throws CallError `forbidden` for a request that comes from another site's page or under a foreign name */
  checkAccess(visitor: Visitor): void;
  /** Whether the management API asks for a key. */
  required(): boolean;
  isAdmin(visitor: Visitor): boolean;
  /** @throws CallError `unauthenticated`, `forbidden` or `rate_limited` */
  checkAdmin(visitor: Visitor): void;
}

/** Who may use the management API: anybody on this machine until there is an admin key, then its holders. */
export function createGuard({ listen, keys, adminKey, localToken, now }: GuardDeps): Guard {
  const failures = failedLogins(now);
  const required = (): boolean => adminKey !== null || keys.adminRequired() || !isLoopback(listen().host);

  const check = (visitor: Visitor): CallError | null => {
    const token = bearerToken(visitor.headers.authorization);
    if (token === null)
      return new CallError(
        'unauthenticated',
        'This needs an admin key: send "Authorization: Bearer sk-illm-…". One is made with "infinite-llm keys create NAME --admin".',
      );
    if (isSame(token, adminKey) || isSame(token, localToken)) return null;
    const key = keys.find(token);
    if (key?.scope === 'admin') return null;
    if (key)
      return new CallError(
        'forbidden',
        `The key ${key.prefix}… opens calls and not the management API; use an admin key.`,
      );
    return new CallError('unauthenticated', 'This key is unknown, expired or revoked.');
  };

  return {
    required,
    isAdmin: (visitor) => !required() || check(visitor) === null,
    checkAccess: (visitor) => {
      const refusal = accessRefusal(visitor.headers, listen());
      if (refusal !== null) throw new CallError('forbidden', refusal);
    },
    checkAdmin: (visitor) => {
      if (!required()) return;
      const error = check(visitor);
      if (!error) return;
      if (bearerToken(visitor.headers.authorization) === null) throw error;
      const waitMs = failures.note(visitor.ip);
      if (waitMs === 0) throw error;
      throw new CallError('rate_limited', 'Too many attempts with wrong keys; wait a minute.', {
        retryAfterMs: waitMs,
      });
    },
  };
}

function isSame(token: string, secret: Secret | null): boolean {
  return secret !== null && secretsEqual(token, secret.reveal());
}
