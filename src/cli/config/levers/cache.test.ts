import { describe, expect, it } from 'vitest';
import { NO_CACHE } from '../../../core/plan/cache.ts';
import { collectFindings } from '../findings.ts';
import { buildCache, type CacheEntry, cacheSection } from './cache.ts';

function build(all?: CacheEntry, alias?: CacheEntry) {
  const findings = collectFindings();
  const path = alias ? ['models', 'docs'] : [];
  const settings = buildCache(all, alias, {
    path,
    providers: [],
    aliases: [],
    baseDir: '/',
    storesBodies: false,
    findings,
  });
  return { settings, errors: findings.errors };
}

describe('the section cache', () => {
  it('is off and complete when nothing is said', () => {
    expect(build()).toEqual({ settings: NO_CACHE, errors: [] });
  });

  it('takes the fields of the alias over those for all', () => {
    const all = cacheSection.parse({ maxBytes: '1MiB', exact: { enabled: true, ttl: '10m', scope: 'key' } });
    const { settings } = build(all, cacheSection.parse({ exact: { ttl: '1m' }, prefix: { enabled: true } }));
    expect(settings).toMatchObject({
      maxBytes: 1_048_576,
      exact: { enabled: true, ttlMs: 60_000, scope: 'key' },
      prefix: { enabled: true, minReuses: 2 },
    });
  });

  it('has one room for all calls, and no answers without time', () => {
    expect(build({}, { maxBytes: 1 }).errors).toHaveLength(1);
    expect(cacheSection.safeParse({ exact: { ttl: 0 } }).success).toBe(false);
  });
});
