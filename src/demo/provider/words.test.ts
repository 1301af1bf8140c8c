import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieces, seededRandom, sentences } from './words.ts';

describe('pieces', () => {
  it('lose nothing and are never empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const cut = pieces(text);
        expect(cut.join('')).toBe(text);
        expect(cut).not.toContain('');
      }),
    );
  });

  it('are several for a sentence', () => {
    expect(pieces('one two three four five').length).toBeGreaterThan(2);
  });
});

describe('seeded words', () => {
  it('are the same for the same seed and differ between seeds', () => {
    expect(sentences('a', 30)).toBe(sentences('a', 30));
    expect(sentences('a', 30)).not.toBe(sentences('b', 30));
  });

  it('are drawn evenly', () => {
    const random = seededRandom('even');
    const mean = Array.from({ length: 4000 }, random).reduce((sum, one) => sum + one, 0) / 4000;
    expect(mean).toBeGreaterThan(0.47);
    expect(mean).toBeLessThan(0.53);
  });
});
