import { describe, expect, it } from 'vitest';
import { NO_TOGETHER } from '../../../core/plan/together.ts';
import { collectFindings } from '../findings.ts';
import { buildTogether, type TogetherEntry, togetherSection } from './together.ts';

function build(
  all?: TogetherEntry,
  alias?: TogetherEntry,
  path: string[] = alias ? ['models', 'classify'] : [],
) {
  const findings = collectFindings();
  const settings = buildTogether(all, alias, {
    path,
    providers: [],
    aliases: [],
    baseDir: '/',
    storesBodies: false,
    findings,
  });
  return { settings, errors: findings.errors };
}

describe('the section together', () => {
  it('is off when nothing is said, and for calls whose alias does not have it', () => {
    expect(build()).toEqual({ settings: NO_TOGETHER, errors: [] });
    expect(build({ maxItems: 16 }).settings).toEqual({ ...NO_TOGETHER, maxItems: 16 });
  });

  it('is on for an alias that has it, with what is said for all', () => {
    const alias = togetherSection.parse({ maxWaitMs: 50, votes: 3 });
    expect(build({ maxItems: 16 }, alias).settings).toEqual({
      enabled: true,
      maxItems: 16,
      maxWaitMs: 50,
      votes: 3,
      maxItemCharacters: 4000,
    });
    expect(build({}, { enabled: false }).settings.enabled).toBe(false);
  });

  it('cannot be switched on for all calls, and has an odd number of votes', () => {
    expect(build({ enabled: true }).errors).toHaveLength(1);
    expect(togetherSection.safeParse({ votes: 2 }).success).toBe(false);
    expect(togetherSection.safeParse({ maxItems: 1 }).success).toBe(false);
  });
});
