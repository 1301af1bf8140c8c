import { describe, expect, it } from 'vitest';
import { NO_SEMANTIC_CACHE } from '../../../core/plan/semantic-cache.ts';
import { collectFindings } from '../findings.ts';
import { buildSemantic, type SemanticEntry, semanticSection } from './semantic-cache.ts';

function build(all?: SemanticEntry, alias?: SemanticEntry) {
  const findings = collectFindings();
  const path = alias ? ['models', 'docs'] : [];
  const context = { path, providers: [], aliases: [], baseDir: '/', storesBodies: false, findings };
  return { settings: buildSemantic(all, alias, context), errors: findings.errors };
}

describe('the section cache.semantic', () => {
  it('is off and complete when nothing is said', () => {
    expect(build()).toEqual({ settings: NO_SEMANTIC_CACHE, errors: [] });
  });

  it('takes the alias’s fields over those for all calls', () => {
    const all = semanticSection.parse({ enabled: true, maxErrorRate: 0.02, ttl: '2h', maxBytes: '1MiB' });
    const { settings, errors } = build(all, semanticSection.parse({ maxErrorRate: 0.05 }));
    expect(settings).toEqual({
      ...NO_SEMANTIC_CACHE,
      enabled: true,
      maxErrorRate: 0.05,
      ttlMs: 7_200_000,
      maxBytes: 1024 * 1024,
    });
    expect(errors).toEqual([]);
  });

  it('has one room for all', () => {
    const { errors } = build({}, semanticSection.parse({ maxQuestions: 10 }));
    expect(errors).toMatchObject([{ path: ['models', 'docs', 'cache', 'semantic', 'maxQuestions'] }]);
  });

  it('refuses what makes no sense', () => {
    for (const wrong of [
      { maxErrorRate: 0 },
      { confidence: 1 },
      { auditShare: 0 },
      { ttl: '0s' },
      { threshold: 0.9 },
    ])
      expect(semanticSection.safeParse(wrong).success).toBe(false);
  });
});
