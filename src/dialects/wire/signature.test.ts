import { describe, expect, it } from 'vitest';
import { clientSignature, ownedSignature, providerSignature } from './signature.ts';

describe('signatures', () => {
  it('reach only the provider that made them, as it made them', () => {
    const kept = ownedSignature('anthropic', 'EqQB==');
    expect(providerSignature('anthropic', kept)).toBe('EqQB==');
    expect(providerSignature('google', kept)).toBeUndefined();
    expect(providerSignature('google', undefined)).toBeUndefined();
  });

  it('survive a client of another dialect', () => {
    const kept = ownedSignature('google', 'CiQB');
    expect(ownedSignature('anthropic', clientSignature('anthropic', kept))).toBe(kept);
    expect(ownedSignature('google', clientSignature('google', kept))).toBe(kept);
  });
});
