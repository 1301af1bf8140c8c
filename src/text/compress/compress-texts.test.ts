import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProtectedKind } from '../../core/plan/compress.ts';
import type { Embedder, TokenCounter } from '../../core/ports.ts';
import { type CompressOptions, compressTexts } from './compress-texts.ts';
import { embeddingScorer } from './embedding-scorer.ts';
import { lexicalScorer } from './lexical-scorer.ts';
import { render, unitsOf } from './pieces.ts';
import { termsOf } from './terms.ts';

/** Words and single other characters; not additive over spans, as real tokens are not. */
const words: TokenCounter = {
  count: async (text) => ({
    tokens: text.match(/\s*[\p{L}\p{N}]+|\s*[^\p{L}\p{N}\s]|\s+$/gu)?.length ?? 0,
    exact: true,
  }),
};

/** Texts with words in common are near each other. */
const embedder: Embedder = {
  dimensions: 64,
  ready: async () => undefined,
  embed: async (texts) =>
    texts.map((text) => {
      const vector = new Float32Array(64);
      for (const [term, count] of termsOf(text)) {
        let hash = 7;
        for (const character of term) hash = (hash * 31 + character.charCodeAt(0)) % 65_521;
        vector[hash % 64] = (vector[hash % 64] ?? 0) + count;
      }
      const length = Math.hypot(...vector) || 1;
      return vector.map((value) => value / length);
    }),
};

const usual = new Set<ProtectedKind>([
  'system',
  'tool-results',
  'cached',
  'json',
  'code',
  'examples',
  'numbers',
]);

async function compress(texts: readonly string[], change: Partial<CompressOptions> = {}) {
  return await compressTexts(texts, {
    keepRatio: 0.5,
    model: 'gpt-4o',
    tokens: words,
    scorer: lexicalScorer,
    question: null,
    findsQuestion: true,
    protect: usual,
    ...change,
  });
}

const DOCUMENT = [
  'The harbour of Ostend was rebuilt in 1958. Its quays are long. Gulls like them. The mayor was fond of cycling.\n\n',
  'Bread is baked every morning. The baker rises at three. His oven is old.\n\n',
  'Ferries to Dover left the harbour of Ostend until 1994. The last ferry was called Reine Astrid.\n\n',
  'Tourists come for the beach. They eat waffles. It often rains.\n\n',
].join('');

describe.each([
  ['lexical', lexicalScorer],
  ['embedding', embeddingScorer(embedder)],
] as const)('compressing with the %s scorer', (_, scorer) => {
  it('keeps what answers the question, and the question', async () => {
    const question = 'Question: What was the last ferry from Ostend to Dover called?';
    const { texts, tokensBefore, tokensAfter } = await compress([DOCUMENT + question], {
      scorer,
      keepRatio: 0.5,
    });
    expect(texts[0]).toContain('The last ferry was called Reine Astrid.\n\n');
    expect(texts[0]?.endsWith(question)).toBe(true);
    expect(texts[0]).not.toContain('baker');
    expect(tokensAfter).toBeLessThanOrEqual(tokensBefore / 2);
  });

  it('does not say the same twice', async () => {
    const said = 'The treaty was signed in Paris by all the ministers. ';
    const again = 'The treaty was signed in Paris by all ministers. ';
    const other = 'Fishing rights were left to a commission. ';
    const { texts } = await compress([said + again + other], {
      scorer,
      keepRatio: 0.75,
      findsQuestion: false,
    });
    expect(texts[0]).toContain(other);
  });

  it('gives the same for the same', async () => {
    const once = await compress([DOCUMENT], { scorer });
    expect(await compress([DOCUMENT], { scorer })).toEqual(once);
  });
});

describe('compressing', () => {
  it('leaves JSON, code and the numbers of problems alone', async () => {
    const json = '{"harbour": "Ostend", "year": 1958}\n\n';
    const code = '```py\nprint("quay")\n```\n\n';
    const { texts, protectedTokens } = await compress([json + DOCUMENT + code + 'Bye now.'], {
      keepRatio: 0.3,
    });
    expect(texts[0]).toContain(json);
    expect(texts[0]).toContain(code);
    expect(protectedTokens.json).toBeGreaterThan(0);
    const problem =
      'Tom has 3 apples. He loves his garden very much indeed. He buys 4 more. How many has he?';
    const solved = await compress([problem], { keepRatio: 0.2, findsQuestion: false });
    expect(solved.texts[0]).toBe('Tom has 3 apples. He buys 4 more. How many has he?');
  });

  it('keeps the line break between paragraphs whose ends are left out', () => {
    const texts = ['One is here. It rains.\n\nTwo is here. Gulls cry.\n', 'Three. Four.'];
    const units = unitsOf(texts, false);
    expect(render(texts, units, new Set([0, 2, 5]))).toEqual(['One is here. \n\nTwo is here. ', 'Four.']);
    expect(render(texts, units, new Set([1, 3, 4]))).toEqual(['It rains.\n\nGulls cry.\n', 'Three. ']);
  });

  it('cuts Japanese at its sentences', async () => {
    const text =
      '東京の人口は約1400万人です。空は青い。京都は古い都です。猫が好きです。\n\n東京の人口は何人ですか？';
    const { texts } = await compress([text], { keepRatio: 0.7, protect: new Set() });
    expect(texts[0]).toContain('東京の人口は約1400万人です。');
    expect(texts[0]).toContain('東京の人口は何人ですか？');
    expect(texts[0]!.length).toBeLessThan(text.length);
  });

  const piece = fc.constantFrom(
    'The harbour was rebuilt. ',
    'Gulls cry, don’t they? ',
    'It cost 12 dollars.\n',
    '東京は大きい。',
    '\n\n',
    '\n- item of a list\n',
    '\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n',
    '\n{"a": 1, "b": "x. y"}\n',
    '\n```\nlet a = 1;\n```\n',
    '\ndef f(x):\n    """Say. More."""\n    return x\n',
    'Question: What is it?\n',
    '\n# Heading\n',
    '🤯 ',
    'x'.repeat(1_200),
  );
  const text = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));

  it('keeps to the budget, the order, the bytes and what is protected', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.subarray([...usual]),
        fc.boolean(),
        fc.option(fc.constant('What did the harbour cost?')),
        async (texts, keepRatio, protect, findsQuestion, question) => {
          const kinds = new Set(protect);
          const options = { keepRatio, findsQuestion, question, protect: kinds };
          const result = await compress(texts, options);
          const budget = Math.floor(keepRatio * result.tokensBefore);
          // With nothing to choose from, only what must stay is left.
          const least = await compress(texts, { ...options, keepRatio: 1e-9 });
          expect(result.tokensAfter).toBeLessThanOrEqual(Math.max(budget, least.tokensAfter));
          expect(result.texts).toHaveLength(texts.length);
          for (const [index, original] of texts.entries()) {
            const kept = result.texts[index] ?? '';
            expect(kept === '').toBe(original === '');
            expect(isSubsequence(kept, original)).toBe(true);
            if (kinds.has('json'))
              expect(count(kept, '{"a": 1, "b": "x. y"}')).toBe(count(original, '{"a": 1, "b": "x. y"}'));
            if (kinds.has('code')) expect(count(kept, 'return x')).toBe(count(original, 'return x'));
            if (!kept.includes('| a | b |')) expect(kept).not.toContain('| 1 | 2 |');
          }
          if (keepRatio === 1) expect(result.texts).toEqual(texts);
        },
      ),
      { numRuns: 150 },
    );
  });
});

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of part) {
    at = whole.indexOf(character, at);
    if (at < 0) return false;
    at += character.length;
  }
  return true;
}
