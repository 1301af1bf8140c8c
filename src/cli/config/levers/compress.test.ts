import { describe, expect, it } from 'vitest';
import { NO_COMPRESS, USUAL_GUARD } from '../../../core/plan/compress.ts';
import { collectFindings } from '../findings.ts';
import { buildCompress, type CompressEntry, compressSection } from './compress.ts';

function build(all?: CompressEntry, alias?: CompressEntry) {
  const findings = collectFindings();
  const path = alias ? ['models', 'docs'] : [];
  const settings = buildCompress(all, alias, {
    path,
    providers: [],
    aliases: [],
    baseDir: '/etc/illm',
    storesBodies: false,
    findings,
  });
  return { settings, errors: findings.errors };
}

describe('the section compress', () => {
  it('is off and complete when nothing is said', () => {
    expect(build()).toEqual({ settings: NO_COMPRESS, errors: [] });
  });

  it('takes a reduction for what it keeps, and that of the alias over that for all', () => {
    expect(build({ targetReduction: 0.4 }).settings.keepRatio).toBe(0.6);
    expect(build({ keepRatio: 0.5 }, { targetReduction: 0.7 }).settings.keepRatio).toBe(0.3);
    expect(build({ keepRatio: 0.6, targetReduction: 0.4 })).toMatchObject({
      settings: { keepRatio: 0.6 },
      errors: [],
    });
  });

  it('finds both of them an error when they contradict each other', () => {
    const { errors } = build({}, { keepRatio: 0.6, targetReduction: 0.6 });
    expect(errors).toEqual([
      {
        path: ['models', 'docs', 'compress', 'targetReduction'],
        message: 'contradicts keepRatio: 0.6, which leaves out 40 % of the tokens',
        remedy: 'Say one of them.',
      },
    ]);
  });

  it('cannot keep nothing', () => {
    expect(compressSection.safeParse({ keepRatio: 0 }).success).toBe(false);
    expect(compressSection.safeParse({ targetReduction: 1 }).success).toBe(false);
    expect(compressSection.safeParse({ classes: { summary: 0 } }).success).toBe(false);
  });

  it('merges classes and the guard field by field', () => {
    const { settings } = build(
      { classes: { summary: 0.4, chat: false }, guard: { share: 0.1 } },
      { classes: { chat: 0.9 }, guard: { minSimilarity: 0.8 } },
    );
    expect(settings.classes).toEqual({ summary: 0.4, chat: 0.9 });
    expect(settings.guard).toEqual({ ...USUAL_GUARD, share: 0.1, minSimilarity: 0.8 });
    expect(build({ guard: { share: 0 } }).settings.guard).toBeNull();
  });

  it('wants a model for LLMLingua-2, relative to the file', () => {
    expect(build({ enabled: true, method: 'llmlingua2' }).errors).toHaveLength(1);
    const { settings, errors } = build({ enabled: true, method: 'llmlingua2', model: 'models/l2' });
    expect(errors).toEqual([]);
    expect(settings.model).toBe('/etc/illm/models/l2');
  });
});
