import { describe, expect, it } from 'vitest';
import { byteSize, formatBytes, formatHostPort, hostPort, hostPorts } from './arguments.ts';
import { clusterSecret, httpKey } from './exposure.ts';

describe('sizes', () => {
  it('have a unit', () => {
    expect(byteSize('2GiB')).toBe(2 ** 31);
    expect(byteSize('1.5 MB')).toBe(1_500_000);
    for (const text of ['2', '2g', '2gib', '-1GiB', '0GiB', '1e3MiB', ' 2GiB', '2GiB ', ''])
      expect(() => byteSize(text), text).toThrow(/2GiB, 512MiB/);
  });

  it('are shown in binary units', () => {
    expect([0, 1023, 1024, 1.5 * 2 ** 30, 12.34 * 2 ** 20].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1 KiB',
      '1.5 GiB',
      '12.3 MiB',
    ]);
  });
});

describe('addresses', () => {
  it('are host and port', () => {
    expect(hostPort('127.0.0.1:9200')).toEqual({ host: '127.0.0.1', port: 9200 });
    expect(hostPort('[::1]:0')).toEqual({ host: '::1', port: 0 });
    expect(hostPorts('b:2', hostPorts('a:1')).map(formatHostPort)).toEqual(['a:1', 'b:2']);
    expect(formatHostPort({ host: '::1', port: 1 })).toBe('[::1]:1');
    for (const text of ['9200', 'a', 'a:', ':1', 'a:70000', '::1:1', 'http://a:1', 'a:1/b'])
      expect(() => hostPort(text), text).toThrow(/host:port/);
  });

  it('that other machines reach want secrets', () => {
    const away = { host: '0.0.0.0', port: 1 };
    const home = { host: '127.0.0.1', port: 1 };
    expect(clusterSecret({}, home, [home])).toBeNull();
    expect(() => clusterSecret({}, away, [])).toThrow(/Set INFINITE_LLM_ENGINE_SECRET/);
    expect(() => clusterSecret({}, home, [{ host: 'node-2', port: 1 }])).toThrow(/node-2:1 is no loopback/);
    const secret = 'a-secret-of-the-cluster';
    expect(clusterSecret({ INFINITE_LLM_ENGINE_SECRET: secret }, away, [])?.reveal()).toBe(secret);
    expect(() => clusterSecret({ INFINITE_LLM_ENGINE_SECRET: 'short' }, home, [])).toThrow(/shorter than 16/);
    expect(httpKey({}, home)).toBeNull();
    expect(() => httpKey({}, away)).toThrow(/Set INFINITE_LLM_ENGINE_KEY/);
    expect(httpKey({ INFINITE_LLM_ENGINE_KEY: 'k' }, away)?.reveal()).toBe('k');
  });
});
