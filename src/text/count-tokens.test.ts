import * as fc from 'fast-check';
import { countTokens as cl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { countTokens, estimateTokens } from './count-tokens.ts';

const AS_TEXT = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
const encoders = [o200k, cl100k].map((count) => (piece: string) => count(piece, AS_TEXT));
const patient = { budgetMs: 60_000, now: () => performance.now() };

describe('counting tokens', () => {
  it('counts short texts', () => {
    const [encode] = encoders;
    expect(countTokens('hello world', encode!, patient)).toEqual({ tokens: 2, exact: true });
    expect(countTokens('', encode!, patient)).toEqual({ tokens: 0, exact: true });
    expect(countTokens('<|endoftext|>', encode!, patient).tokens).toBeGreaterThan(1);
  });

  it('counts a long text, cut in slices, as if it were encoded in one', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'the ',
        "it's ",
        'Größe, ',
        '日本語。',
        '1234567 ',
        '\n\n',
        ' \t ',
        '{"a": [1, 2]}\n',
        '!?! ',
        '🤯 ',
        'x/\n/',
      ),
      fc.string({ maxLength: 8, unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 200, maxLength: 300 }),
        fc.constantFrom(...encoders),
        (words, encode) => {
          const text = words.join('').repeat(80);
          const counted = countTokens(text, encode, patient);
          if (counted.exact) expect(counted.tokens).toBe(encode(text));
          else expect(counted.tokens / encode(text)).toBeCloseTo(1, 1);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is exact on ordinary text of any length', () => {
    const text = 'All happy families are alike; each unhappy family is unhappy in its own way.\n'.repeat(
      4_000,
    );
    for (const encode of encoders)
      expect(countTokens(text, encode, patient)).toEqual({ tokens: encode(text), exact: true });
  });

  it.each([
    ['one letter', 'a'.repeat(1_000_000)],
    ['letters without an end', 'qzjxkvbpyg'.repeat(100_000)],
    ['spaces', ' '.repeat(1_000_000)],
    ['newlines after a slash', '/\n'.repeat(500_000)],
    ['combining marks', 'a\u0301'.repeat(500_000)],
    ['a language without spaces', '蛟龍得水'.repeat(100_000)],
    ['punctuation', '-=#*'.repeat(250_000)],
    ['half surrogate pairs', '\uD83E'.repeat(200_000)],
  ])('takes bounded time for a megabyte of %s, and says that it came only near', (_, text) => {
    const [encode] = encoders;
    const start = performance.now();
    const counted = countTokens(text, encode!, { budgetMs: 1_000, now: () => performance.now() });
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(counted.exact).toBe(false);
    expect(counted.tokens).toBeGreaterThan(text.length / 200);
    expect(counted.tokens).toBeLessThanOrEqual(text.length * 3);
  });

  it('judges the rest of a text by its beginning when the time is up', () => {
    let clock = 0;
    const text = 'one two three four '.repeat(40_000);
    const counted = countTokens(text, (piece) => piece.split(' ').length - 1, {
      budgetMs: 10,
      now: () => (clock += 6),
    });
    expect(counted.exact).toBe(false);
    expect(counted.tokens / 160_000).toBeCloseTo(1, 2);
  });
});

describe('the estimate without a tokenizer', () => {
  it('comes within a factor of two for ordinary texts', () => {
    const [encode] = encoders;
    for (const text of [
      'The quick brown fox jumps over the lazy dog, again and again.',
      'Привет, как дела? Сегодня хорошая погода.',
      '今日はいい天気ですね。散歩に行きましょう。',
      'const x = items.filter((item) => item.price > 10).map(toView);',
    ]) {
      const ratio = estimateTokens(text).tokens / encode!(text);
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(2);
    }
    expect(estimateTokens('')).toEqual({ tokens: 0, exact: false });
  });
});
