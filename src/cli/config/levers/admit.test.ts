import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collectFindings } from '../findings.ts';
import { admissionSections, buildAdmission } from './admit.ts';

const file = z.strictObject(admissionSections);

function build(given: object) {
  const findings = collectFindings();
  const settings = buildAdmission(file.parse(given), { aliases: ['small'], findings });
  return { settings, errors: findings.errors.map(({ path, message }) => `${path.join('.')} ${message}`) };
}

describe('budgets and rates', () => {
  it('are none when nothing is said', () => {
    expect(build({})).toEqual({
      settings: { budgets: [], rateLimits: [], assumedOutputTokens: 16_384 },
      errors: [],
    });
  });

  it('are read with their defaults', () => {
    const { settings, errors } = build({
      budgets: [
        { limitUsd: 100, per: 'week', timezone: 'Europe/Berlin' },
        { by: 'team', only: 'ads', limitUsd: '2.50', window: '24h', degradeTo: 'small', degradeLimitUsd: 3 },
      ],
      rateLimits: [{ by: 'key', concurrency: 4 }],
    });
    expect(errors).toEqual([]);
    expect(settings.budgets).toEqual([
      {
        name: 'all',
        by: 'all',
        only: null,
        limitUsd: '100',
        window: { kind: 'fixed', unit: 'week', timezone: 'Europe/Berlin' },
        degradeTo: null,
        degradeLimitUsd: null,
        unpriced: 'refuse',
        assumedUsd: '0.01',
        sharedDown: 'closed',
      },
      {
        name: 'team ads',
        by: 'team',
        only: 'ads',
        limitUsd: '2.50',
        window: { kind: 'sliding', ms: 86_400_000 },
        degradeTo: 'small',
        degradeLimitUsd: '3',
        unpriced: 'refuse',
        assumedUsd: '0.01',
        sharedDown: 'closed',
      },
    ]);
    expect(settings.rateLimits).toEqual([
      {
        name: 'key',
        by: 'key',
        only: null,
        requestsPerMinute: null,
        tokensPerMinute: null,
        concurrency: 4,
        sharedDown: 'open',
      },
    ]);
  });

  it.each([
    [{ budgets: [{ limitUsd: 1, per: 'day', window: '1h' }] }, 'budgets.0 has both'],
    [{ budgets: [{ limitUsd: 1, window: '1s' }] }, 'budgets.0.window is not between'],
    [{ budgets: [{ limitUsd: 1, window: '1h', timezone: 'UTC' }] }, 'budgets.0.timezone is for days'],
    [{ budgets: [{ limitUsd: 1, degradeTo: 'smal' }] }, 'budgets.0.degradeTo no alias'],
    [{ budgets: [{ limitUsd: 1, degradeLimitUsd: 2 }] }, 'budgets.0.degradeLimitUsd needs'],
    [{ budgets: [{ limitUsd: 1, degradeTo: 'small', degradeLimitUsd: 0.5 }] }, 'degradeLimitUsd is less'],
    [{ budgets: [{ limitUsd: 9_000_001 }] }, 'budgets.0.limitUsd is more'],
    [{ budgets: [{ limitUsd: 1 }, { limitUsd: 2, per: 'day' }] }, 'shares the name'],
    [{ rateLimits: [{ by: 'key' }] }, 'rateLimits.0 limits nothing'],
  ])('are refused: %j', (given, error) => {
    expect(build(given).errors.join('\n')).toContain(error);
  });

  it.each([
    { budgets: [{}] },
    { budgets: [{ limitUsd: 1, by: 'planet' }] },
    { budgets: [{ limitUsd: 1, timezone: 'Mars/Olympus' }] },
    { rateLimits: [{ requestsPerMinute: 0 }] },
    { assumedOutputTokens: 0 },
  ])('are no such thing: %j', (given) => {
    expect(file.safeParse(given).success).toBe(false);
  });
});
