import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, nearestNames } from './nearest.ts';

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'];

describe('nearestNames', () => {
  it('finds typing errors, best first', () => {
    expect(nearestNames('gtp-4o', MODELS)).toEqual(['gpt-4o']);
    expect(nearestNames('gpt-4o-min', MODELS)).toEqual(['gpt-4o-mini', 'gpt-4o']);
    expect(nearestNames('sonnet', MODELS)).toEqual(['claude-sonnet-4-5']);
  });

  it('finds nothing when nothing is near', () => {
    expect(nearestNames('llama-3', MODELS)).toEqual([]);
    expect(nearestNames('', MODELS)).toEqual([]);
  });

  it('puts a candidate that is the name itself first', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1 }), (names) => {
        const [name = ''] = names;
        expect(nearestNames(name, names)[0]?.toLowerCase()).toBe(name.toLowerCase());
      }),
    );
  });
});

describe('didYouMean', () => {
  it('asks in words', () => {
    expect(didYouMean('gpt-4o-min', MODELS)).toBe('Did you mean "gpt-4o-mini" or "gpt-4o"?');
    expect(didYouMean('kyes', ['keys'])).toBe('Did you mean "keys"?');
    expect(didYouMean('zzz', MODELS)).toBe('');
  });
});
