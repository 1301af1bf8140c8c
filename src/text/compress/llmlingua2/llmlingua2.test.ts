import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyState, writeTinyEncoder } from '../../../../test/tiny-encoder.ts';
import { compressWords, openWordModel, type WordModel } from '../index.ts';
import { wordsOf, writeWords } from './words.ts';

const tokens = {
  count: async (text: string) => ({ tokens: text.match(/\S+/gu)?.length ?? 0, exact: true }),
};

let folder: string;
let words: WordModel;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmlingua2-'));
  // With two dimensions, the states of its tokens are two classes: a real classifier, if a silly one.
  writeTinyEncoder(folder, 2);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ max_position_embeddings: 16 }));
  words = await openWordModel(folder);
});
afterAll(async () => {
  await words.close();
  rmSync(folder, { recursive: true });
});

function likelihood(token: string): number {
  const [drop = 0, keep = 0] = tinyState(token, 2);
  return 1 / (1 + Math.exp(drop - keep));
}

async function compress(text: string, keepRatio: number) {
  return await compressWords([text], {
    keepRatio,
    model: 'm',
    tokens,
    words,
    question: null,
    findsQuestion: false,
    protect: new Set(['json', 'code', 'numbers']),
  });
}

describe('a token classifier of LLMLingua-2', () => {
  it('gives each word the mean of its tokens, in windows of what the model takes', async () => {
    const some = ['cats', 'running', 'dogs.', 'a', 'b', 'sleep'];
    const many = Array.from({ length: 60 }, (_, n) => some[n % some.length] ?? '');
    const likely = await words.keep(many);
    const mean = (...of: string[]): number =>
      of.reduce((sum, token) => sum + likelihood(token), 0) / of.length;
    const expected = [
      mean('cats'),
      mean('run', '##ning'),
      mean('dogs', '[UNK]'),
      mean('a'),
      mean('b'),
      mean('sleep'),
    ];
    for (const [at, value] of likely.entries()) expect(value).toBeCloseTo(expected[at % some.length] ?? 0, 5);
  });

  it('says what is missing', async () => {
    await expect(openWordModel(join(folder, 'none'))).rejects.toMatchObject({
      code: 'not_ready',
      message: expect.stringContaining('model.onnx') as string,
    });
    const broken = join(folder, 'broken');
    writeTinyEncoder(broken, 2);
    await expect(openWordModel(broken)).rejects.toThrow('config.json');
    writeFileSync(join(broken, 'config.json'), '{}');
    writeFileSync(join(broken, 'model.onnx'), 'nothing');
    await expect(openWordModel(broken)).rejects.toMatchObject({ code: 'not_ready' });
    writeTinyEncoder(broken, 3);
    const strange = await openWordModel(broken);
    await expect(strange.keep(['cats'])).rejects.toThrow('two classes');
    await strange.close();
  });

  it('keeps the likeliest words that fit, in their order, with digits and JSON', async () => {
    const text = 'cats sleep and dogs run 12 miles\n\na b {"a": 1, "b": 2} end\n';
    const { texts, tokensBefore, tokensAfter } = await compress(text, 0.7);
    expect(tokensAfter).toBeLessThanOrEqual(0.7 * tokensBefore);
    expect(texts[0]).toContain('12');
    expect(texts[0]).toContain('{"a": 1, "b": 2}');
    expect(texts[0]).toContain('\n\n');
    expect((await compress(text, 0.7)).texts).toEqual(texts);
    expect((await compress('cats sleep', 0.01)).texts[0]?.trim()).toMatch(/^(cats|sleep)$/);
    expect((await compress(text, 1)).texts[0]).toBe(text);
  });

  it('divides texts without losing a byte', () => {
    const piece = fc.constantFrom(
      'cats ',
      '日本語の文章。',
      '\n\n',
      '\t',
      '🤯',
      'x'.repeat(230),
      'é',
      '\uD83E',
      ' ',
      '12.5 ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
          fc.string({ unit: 'binary', maxLength: 40 }),
        ),
        (text) => {
          const { words, tail } = wordsOf(text);
          const forced = words.map((word) => ({ ...word, forced: false }));
          if (words.length > 0) expect(writeWords(forced, () => true, tail)).toBe(text);
          else expect(tail).toBe(text);
        },
      ),
    );
  });
});
