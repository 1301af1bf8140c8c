import { describe, expect, it } from 'vitest';
import { faultsOf, limitsOf, NO_LIMITS, rateWords } from './limits-input.ts';

describe('the limits of a new key', () => {
  it('are none where nothing is typed', () => {
    expect(limitsOf(NO_LIMITS)).toBeNull();
    expect(faultsOf(NO_LIMITS)).toEqual({});
  });

  it('are read as people write numbers, money exactly', () => {
    const limits = limitsOf({
      usd: ' $1,250.10 ',
      per: 'week',
      requestsPerMinute: '60',
      tokensPerMinute: '50,000',
      concurrency: '',
    });
    expect(limits).toEqual({
      budget: { limitUsd: '1250.10', per: 'week' },
      requestsPerMinute: 60,
      tokensPerMinute: 50_000,
      concurrency: null,
    });
    expect(limits && rateWords(limits)).toBe('60 requests/min, 50.0K tokens/min');
  });

  it('are refused where they are none, field by field', () => {
    for (const usd of ['-1', '1e3', '12345678', 'ten', '1,5'])
      expect(faultsOf({ ...NO_LIMITS, usd })).toHaveProperty('usd');
    for (const text of ['0', '-3', '1.5', '1000000000', 'x'])
      expect(faultsOf({ ...NO_LIMITS, concurrency: text })).toHaveProperty('concurrency');
    expect(limitsOf({ ...NO_LIMITS, usd: '5', requestsPerMinute: '0' })).toBeNull();
  });
});
