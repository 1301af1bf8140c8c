import { describe, expect, it } from 'vitest';
import { assertSecretFor, isLoopback } from './secret.ts';

describe('the shared secret', () => {
  it.each([
    '127.0.0.1',
    '127.8.9.1',
    'localhost',
    'LOCALHOST',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ])('may be missing on %s', (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(() => assertSecretFor(host, null)).not.toThrow();
  });

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    'localhost.example',
    '127.0.0.1.example',
    '::2',
    '1::1',
    '',
  ])('is required on "%s"', (host) => {
    expect(isLoopback(host)).toBe(false);
    expect(() => assertSecretFor(host, null)).toThrow(/INFINITE_LLM_ENGINE_SECRET/);
    expect(() => assertSecretFor(host, 'short')).toThrow(/16 or more/);
    expect(() => assertSecretFor(host, 'a secret that is long enough')).not.toThrow();
  });

  it('is never empty', () => {
    expect(() => assertSecretFor('127.0.0.1', '')).toThrow(/empty/);
  });
});
