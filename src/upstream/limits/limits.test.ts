import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { providerKind } from '../providers/index.ts';
import { durationMs } from './resets.ts';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.parse('2026-11-24T12:00:00.000Z');

function limits(kind: string, headers: Record<string, string>) {
  return providerKind(kind)!.limits(headers, NOW);
}

describe('retryAfterMs', () => {
  it.each<[Record<string, string>, number | null]>([
    [{}, null],
    [{ 'retry-after': '30' }, 30_000],
    [{ 'retry-after': ' 1.5 ' }, 1500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Tue, 24 Nov 2026 12:00:20 GMT' }, 20_000],
    [{ 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after-ms': '250', 'retry-after': '30' }, 250],
    [{ 'retry-after-ms': 'x', 'retry-after': '30' }, 30_000],
    [{ 'retry-after': '-5' }, null],
  ])('%j is %s', (headers, expected) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected);
  });

  it('is never negative or no number, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const ms = retryAfterMs({ 'retry-after': a, 'retry-after-ms': b }, NOW);
        expect(ms === null || ms >= 0).toBe(true);
      }),
    );
  });
});

describe('durationMs', () => {
  it.each([
    ['1s', 1000],
    ['6m0s', 360_000],
    ['1h2m3s', 3_723_000],
    ['120ms', 120],
    ['1.5s', 1500],
    ['1m30.5s', 90_500],
    ['59', 59_000],
    ['', null],
    ['1x', null],
    ['s', null],
  ])('%s is %s', (text, expected) => {
    expect(durationMs(text)).toBe(expected);
  });
});

describe('rate limit headers', () => {
  it("are read in OpenAI's form: the limit that is used up counts", () => {
    const headers = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '6m0s',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '1h',
    };
    expect(limits('openai', headers)).toEqual({ retryAfterMs: null, exhaustedMs: 360_000 });
    expect(limits('openai-compatible', headers).exhaustedMs).toBe(360_000);
    expect(limits('openai', { ...headers, 'x-ratelimit-remaining-requests': '1' }).exhaustedMs).toBeNull();
  });

  it("are read in Anthropic's form: times, the longest of the used up ones", () => {
    const headers = {
      'retry-after': '2',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-11-24T12:00:10Z',
      'anthropic-ratelimit-output-tokens-remaining': '0',
      'anthropic-ratelimit-output-tokens-reset': '2026-11-24T12:01:00Z',
      'anthropic-ratelimit-input-tokens-remaining': '5',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-24T13:00:00Z',
    };
    expect(limits('anthropic', headers)).toEqual({ retryAfterMs: 2000, exhaustedMs: 60_000 });
  });
});
