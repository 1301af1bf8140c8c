import { hash } from 'node:crypto';
import type { Caller } from '../../../core/call.ts';
import type { CacheScope } from '../../../core/plan/cache.ts';
import { canonical } from './canonical.ts';

/**
 * Whose answers a call shares, as text that no other tenant has. Null where the scope asks for a name that the call does
 * not bear: then it shares with nobody.
 */
export function tenantOf(caller: Caller, scope: CacheScope): string | null {
  switch (scope) {
    case 'gateway':
      return canonical(['gateway']);
    case 'team':
      return canonical(teamOf(caller));
    case 'key':
      return canonical(keyOf(caller));
    case 'user':
      return caller.user === null ? null : canonical([...teamOf(caller), 'user', caller.user]);
    case 'session':
      return caller.session === null
        ? null
        : canonical([...teamOf(caller), caller.user, 'session', caller.session]);
  }
}

function teamOf(caller: Caller): readonly string[] {
  return caller.team === null ? keyOf(caller) : ['team', caller.team];
}

function keyOf({ credential, keyId }: Caller): readonly string[] {
  if (keyId !== null) return ['key', keyId];
  // All who bring no credential are served with the gateway's own: they are one tenant.
  return credential ? ['credential', hash('sha256', credential.reveal())] : ['nobody'];
}
