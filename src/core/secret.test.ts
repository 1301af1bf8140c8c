import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redactSecrets } from './redact.ts';
import { Secret } from './secret.ts';

describe('a secret', () => {
  const secret = new Secret('sk-very-secret-value');

  it('gives itself only to who asks for it', () => {
    expect(secret.reveal()).toBe('sk-very-secret-value');
    const shown = [String(secret), JSON.stringify({ secret }), inspect({ secret })].join();
    expect(shown).not.toContain('very');
    expect(shown).toContain(secret.fingerprint);
  });

  it('has a fingerprint that tells it from others', () => {
    expect(secret.fingerprint).toMatch(/^[0-9a-f]{8}$/);
    expect(new Secret('sk-other').fingerprint).not.toBe(secret.fingerprint);
  });
});

describe('redaction', () => {
  it.each([
    'Incorrect API key provided: sk-proj-abc123def456.',
    'authorization: Bearer abcdefghijkl',
    'x-goog-api-key: AIzaSyA1234567890abcdefghijk',
    'GET /v1beta/models?key=abcd1234&alt=sse',
    'sk-illm-0123456789abcdefghij',
  ])('hides the key in %j', (text) => {
    expect(redactSecrets(text)).toContain('[redacted]');
    expect(redactSecrets(text)).not.toMatch(/abc|0123456789/);
  });

  it('leaves ordinary words alone', () => {
    const text = 'The task-oriented risk-averse desk sk-1 bearer of news, key=value';
    expect(redactSecrets(text)).toBe(text);
  });
});
