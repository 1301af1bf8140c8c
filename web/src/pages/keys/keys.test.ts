import { describe, expect, it } from 'vitest';
import type { VirtualKey } from '../../api/types.ts';
import { keyState } from './key-state.ts';
import { parseTags } from './tags-input.ts';

describe('parseTags', () => {
  it('reads pairs with any spacing', () => {
    expect(parseTags(' feature = search ,env=prod,')).toEqual({ feature: 'search', env: 'prod' });
    expect(parseTags('url=a=b')).toEqual({ url: 'a=b' });
    expect(parseTags('')).toEqual({});
    expect(Object.entries(parseTags('__proto__=x') ?? {})).toEqual([['__proto__', 'x']]);
  });

  it('refuses halves', () => {
    for (const bad of ['feature', '=x', 'a=', 'a=b, c']) expect(parseTags(bad)).toBeNull();
  });
});

describe('keyState', () => {
  const key = (change: Partial<VirtualKey>) =>
    ({ revokedAt: null, expiresAt: null, ...change }) as VirtualKey;
  const now = Date.parse('2026-11-24T12:00:00Z');

  it('tells keys that open nothing any more', () => {
    expect(keyState(key({}), now)).toBe('active');
    expect(keyState(key({ expiresAt: '2026-11-24T12:00:01Z' }), now)).toBe('active');
    expect(keyState(key({ expiresAt: '2026-11-24T12:00:00Z' }), now)).toBe('expired');
    expect(keyState(key({ expiresAt: '2026-01-01T00:00:00Z', revokedAt: '2026-02-01T00:00:00Z' }), now)).toBe(
      'revoked',
    );
  });
});
