import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../core/call.ts';
import { CACHE_SCOPES, NO_CACHE } from '../../../core/plan/cache.ts';
import { Secret } from '../../../core/secret.ts';
import { callFor } from '../../policy.contract.ts';
import { cacheControl } from './control.ts';
import { tenantOf } from './tenant.ts';

const control = (headers: Record<string, string>, wider = false) =>
  cacheControl(headers, { ...NO_CACHE.exact, wider });

describe('cache-control', () => {
  it.each([
    ['no-store', { noStore: true, maxAgeMs: Number.POSITIVE_INFINITY }],
    ['no-cache', { noStore: false, maxAgeMs: 0 }],
    ['max-age=60', { noStore: false, maxAgeMs: 60_000 }],
    ['Max-Age = "60" , NO-STORE', { noStore: true, maxAgeMs: 60_000 }],
    ['max-age=60, max-age=5', { noStore: false, maxAgeMs: 5000 }],
    ['max-age', { noStore: false, maxAgeMs: Number.POSITIVE_INFINITY }],
    ['x-no-store, public', { noStore: false, maxAgeMs: Number.POSITIVE_INFINITY }],
  ])('%s', (header, expected) => {
    expect(control({ 'cache-control': header })).toMatchObject(expected);
  });

  it('takes time in proportion to its length', () => {
    const startedAt = performance.now();
    control({ 'cache-control': `max-age${' '.repeat(16_000)}=${'1'.repeat(16_000)}` });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

describe('x-illm-cache-scope', () => {
  it('may narrow, and widen only where that is allowed', () => {
    expect(control({ 'x-illm-cache-scope': 'Session' })).toMatchObject({
      scope: 'session',
      refusedScope: null,
    });
    expect(control({ 'x-illm-cache-scope': 'gateway' })).toMatchObject({
      scope: 'team',
      refusedScope: 'gateway',
    });
    expect(control({ 'x-illm-cache-scope': 'gateway' }, true)).toMatchObject({ scope: 'gateway' });
    expect(() => control({ 'x-illm-cache-scope': 'everybody' })).toThrow(/must be one of/);
  });

  it('never lets two tenants meet, but in the scope of the whole gateway', () => {
    const nobody = callFor('m').caller;
    const callers: Caller[] = [
      nobody,
      { ...nobody, team: 'a', keyId: '1' },
      { ...nobody, team: 'b', keyId: '2' },
      { ...nobody, keyId: '3' },
      // Names that look like those of others.
      { ...nobody, team: '3', keyId: '4' },
      { ...nobody, keyId: 'a' },
      { ...nobody, credential: new Secret('sk-one') },
      { ...nobody, credential: new Secret('sk-two') },
    ].map((caller) => ({ ...caller, user: 'kim', session: 's' }));
    for (const scope of CACHE_SCOPES) {
      const tenants = callers.map((caller) => tenantOf(caller, scope));
      expect(new Set(tenants).size).toBe(scope === 'gateway' ? 1 : callers.length);
    }
    expect(tenantOf(nobody, 'user')).toBeNull();
    expect(tenantOf(nobody, 'session')).toBeNull();
  });
});
