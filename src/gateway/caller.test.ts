import { describe, expect, it } from 'vitest';
import type { VirtualKey } from '../core/key.ts';
import type { KeyRing } from '../core/ports.ts';
import { attribute, authenticate, credentialOf, parseTags } from './caller.ts';

const key: VirtualKey = {
  id: 'k1',
  name: 'search prod',
  prefix: 'sk-illm-abcd',
  scope: 'call',
  team: 'search',
  user: null,
  tags: { env: 'prod' },
  createdAt: '2026-01-01T00:00:00.000Z',
  revokedAt: null,
  expiresAt: null,
};

function ring(keys: Record<string, VirtualKey>, ready = true): KeyRing {
  return { ready, required: Object.keys(keys).length > 0, find: (secret) => keys[secret] ?? null };
}

describe('who calls', () => {
  it.each([
    [{ authorization: 'Bearer sk-a' }, '/v1/x', 'sk-a'],
    [{ authorization: 'bearer   sk-a ' }, '/v1/x', 'sk-a'],
    [{ 'x-api-key': 'sk-b' }, '/v1/x', 'sk-b'],
    [{ 'x-goog-api-key': 'sk-c' }, '/v1/x', 'sk-c'],
    [{}, '/v1beta/models/m:generateContent?alt=sse&key=sk-d', 'sk-d'],
    [{}, '/v1/x', null],
    [{ authorization: 'Basic eDp5' }, '/v1/x', null],
  ])('finds the credential in %j %s', (headers, url, credential) => {
    expect(credentialOf(headers, url)).toBe(credential);
  });

  it('lets anybody in while there are no virtual keys, and keeps their credential to itself', () => {
    const caller = authenticate('sk-own-provider-key', ring({}));
    expect(caller.credential?.reveal()).toBe('sk-own-provider-key');
    expect(caller.keyName).toMatch(/^client:[0-9a-f]{8}$/);
    expect(JSON.stringify(caller)).not.toContain('own-provider');
    expect(authenticate(null, ring({})).keyName).toBeNull();
  });

  it('lets only virtual keys in once there are some', () => {
    const keys = ring({ 'sk-illm-good': key });
    expect(authenticate('sk-illm-good', keys)).toMatchObject({
      keyId: 'k1',
      team: 'search',
      credential: null,
    });
    expect(() => authenticate('sk-openai-key', keys)).toThrow('only its own virtual keys');
    expect(() => authenticate(null, keys)).toThrow('only its own virtual keys');
    expect(() => authenticate('sk-illm-revoked', keys)).toThrow('unknown, expired or revoked');
    expect(() =>
      authenticate('sk-illm-admin', ring({ 'sk-illm-admin': { ...key, scope: 'admin' } })),
    ).toThrow('management API');
  });

  it('never passes a virtual key on, even where none exists', () => {
    expect(() => authenticate('sk-illm-gone', ring({}))).toThrow('unknown, expired or revoked');
  });

  it('lets nobody in before the keys were read', () => {
    expect(() => authenticate('sk-illm-good', ring({}, false))).toThrow('not been able to read its keys');
  });
});

describe('attribution', () => {
  const caller = authenticate('sk-illm-good', ring({ 'sk-illm-good': key }));

  it('books under the key first, then the header, then the body', () => {
    const headers = {
      'x-illm-tags': 'feature=search, env=test',
      'x-illm-session': 's-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const booked = attribute(caller, headers, { user: 'ann', tags: { feature: 'chat', plan: 'pro' } });
    expect(booked).toMatchObject({
      team: 'search',
      user: 'ann',
      session: 's-1',
      tags: { env: 'prod', feature: 'search', plan: 'pro' },
      traceparent: headers.traceparent,
    });
  });

  it('drops a trace context that is none', () => {
    expect(attribute(caller, { traceparent: 'junk' }, { user: null, tags: {} }).traceparent).toBeNull();
  });

  it('reads tags, and says what is wrong with bad ones', () => {
    expect(parseTags('a=1, b=x=y,,')).toEqual({ a: '1', b: 'x=y' });
    expect(Object.entries(parseTags('__proto__=x'))).toEqual([['__proto__', 'x']]);
    expect(() => parseTags('novalue')).toThrow('"novalue"');
    expect(() => parseTags(`a=${'x'.repeat(65)}`)).toThrow('at most 64');
    expect(() => parseTags(Array.from({ length: 17 }, (_, i) => `t${i}=1`).join())).toThrow('more than 16');
  });

  it('leaves metadata that fits no tag to the provider', () => {
    const tags = { long: 'x'.repeat(500), short: 'ok' };
    expect(attribute(caller, {}, { user: null, tags }).tags).toEqual({ short: 'ok', env: 'prod' });
  });
});
