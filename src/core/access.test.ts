import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accessRefusal,
  bearerToken,
  corsHeaders,
  hostAllowed,
  isLoopback,
  originAllowed,
  secretsEqual,
} from './access.ts';

const LOCAL = { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [] };
const PUBLIC = {
  host: '0.0.0.0',
  allowedHosts: ['llm.example.com', '*.internal'],
  allowedOrigins: ['https://app.example.com'],
};

describe('the Host header', () => {
  it.each([
    '127.0.0.1:8787',
    'localhost:8787',
    'LOCALHOST',
    'app.localhost:1',
    '[::1]:8787',
    '10.0.0.7:80',
    undefined,
  ])('is accepted when no name could have been rebound: %s', (host) =>
    expect(hostAllowed(host, LOCAL)).toBe(true),
  );

  it.each(['evil.example:8787', 'localhost.evil.example', '127.0.0.1.evil.example', 'internal', '[evil]:80'])(
    'is refused for a name that is not ours: %s',
    (host) => {
      expect(hostAllowed(host, LOCAL)).toBe(false);
      expect(accessRefusal({ host }, LOCAL)).toContain('listen.allowedHosts');
    },
  );

  it('is accepted for configured names, exact and below a wildcard', () => {
    expect(hostAllowed('llm.example.com.', PUBLIC)).toBe(true);
    expect(hostAllowed('gateway.internal:8787', PUBLIC)).toBe(true);
    expect(hostAllowed('other.example.com', PUBLIC)).toBe(false);
    expect(hostAllowed('anything.at.all', { ...LOCAL, allowedHosts: ['*'] })).toBe(true);
    expect(hostAllowed('my-machine:8787', { ...LOCAL, host: 'my-machine' })).toBe(true);
  });
});

describe('the Origin header', () => {
  it('is refused for other sites, opaque origins and other ports', () => {
    for (const origin of ['https://evil.example', 'null', 'http://localhost:3000', 'garbage'])
      expect(originAllowed(origin, 'localhost:8787', LOCAL)).toBe(false);
    expect(accessRefusal({ host: 'localhost', origin: 'https://evil.example' }, LOCAL)).toContain(
      'listen.allowedOrigins',
    );
  });

  it('is accepted when absent, for own pages and for listed sites', () => {
    expect(originAllowed(undefined, 'localhost:8787', LOCAL)).toBe(true);
    expect(originAllowed('http://localhost:8787', 'localhost:8787', LOCAL)).toBe(true);
    expect(originAllowed('https://llm.example.com', 'LLM.example.com', PUBLIC)).toBe(true);
    expect(originAllowed('https://app.example.com', 'llm.example.com', PUBLIC)).toBe(true);
  });

  it('gets CORS headers only when it is a listed foreign site', () => {
    const host = 'llm.example.com';
    expect(corsHeaders({ host, origin: 'https://app.example.com' }, PUBLIC)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      vary: 'Origin',
    });
    expect(corsHeaders({ host, origin: 'https://llm.example.com' }, PUBLIC)).toEqual({});
    expect(corsHeaders({ host, origin: 'https://evil.example' }, PUBLIC)).toEqual({});
    expect(corsHeaders({ host }, PUBLIC)).toEqual({});
  });

  it('never lets a site through that is neither own nor listed, however it is spelled', () => {
    fc.assert(
      fc.property(fc.webAuthority(), fc.constantFrom('http', 'https'), (authority, scheme) => {
        fc.pre(!/^(localhost|llm\.example\.com)(:|$)/i.test(authority.split('@').at(-1) ?? ''));
        expect(originAllowed(`${scheme}://${authority}`, 'llm.example.com', LOCAL)).toBe(false);
      }),
    );
  });
});

describe('credentials', () => {
  it('are read from a bearer header only', () => {
    expect(bearerToken('Bearer abc')).toBe('abc');
    expect(bearerToken('bearer  abc ')).toBe('abc');
    for (const other of [undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b'])
      expect(bearerToken(other)).toBeNull();
  });

  it('compare equal exactly when they are', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => secretsEqual(a, b) === (a === b)));
    expect(secretsEqual('sk-illm-x', 'sk-illm-x')).toBe(true);
  });
});

describe('isLoopback', () => {
  it('knows addresses that other machines can not reach', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])
      expect(isLoopback(host)).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.evil.example'])
      expect(isLoopback(host)).toBe(false);
  });
});
