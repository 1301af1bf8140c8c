import { describe, expect, it } from 'vitest';
import { DEFAULT_FIT } from '../../../core/plan/fit.ts';
import { collectFindings } from '../findings.ts';
import { buildFit, fitSection } from './fit.ts';

function context(path: readonly string[] = []) {
  return {
    path,
    providers: ['openai', 'local'],
    aliases: [],
    baseDir: '/',
    storesBodies: false,
    findings: collectFindings(),
  };
}

describe('fit', () => {
  it('only passes over candidates that are too small when nothing is configured', () => {
    expect(buildFit(undefined, undefined, context())).toEqual(DEFAULT_FIT);
    expect(DEFAULT_FIT).toMatchObject({ enabled: true, ways: ['longer-window'], longer: [] });
  });

  it('takes the alias over what stands for all calls, field by field', () => {
    const all = fitSection.parse({ ways: ['drop-oldest'], noteTokens: 200, notesBy: 'openai/gpt-4o-mini' });
    const alias = fitSection.parse({
      ways: ['longer-window', 'map-reduce'],
      longer: ['openai/gpt-4.1', 'local/qwen'],
    });
    const given = context(['models', 'reader']);
    expect(buildFit(all, alias, given)).toEqual({
      ...DEFAULT_FIT,
      ways: ['longer-window', 'map-reduce'],
      noteTokens: 200,
      notesBy: { provider: 'openai', model: 'gpt-4o-mini' },
      longer: [
        { provider: 'openai', model: 'gpt-4.1' },
        { provider: 'local', model: 'qwen' },
      ],
    });
    expect(given.findings.errors).toEqual([]);
  });

  it('says which provider is not there, and where', () => {
    const given = context(['models', 'reader']);
    buildFit(undefined, fitSection.parse({ longer: ['opnai/gpt-4.1'], notesBy: 'nobody/x' }), given);
    expect(given.findings.errors).toMatchObject([
      { path: ['models', 'reader', 'fit', 'longer', 0], remedy: expect.stringContaining('openai') },
      { path: ['models', 'reader', 'fit', 'notesBy'] },
    ]);
  });

  it.each([
    { ways: [] },
    { ways: ['drop-oldest', 'drop-oldest'] },
    { ways: ['truncate'] },
    { mostAsks: 0 },
    { other: 1 },
  ])('refuses %j', (entry) => {
    expect(fitSection.safeParse(entry).success).toBe(false);
  });
});
