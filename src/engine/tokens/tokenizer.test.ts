import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenizerData } from '../models/model.ts';
import { openTokenizer } from './index.ts';
import { joinPair, type TinyKind, tinyTokenizer } from './testing/tiny-tokenizers.contract.ts';

const KINDS: readonly TinyKind[] = ['bytes', 'llama3', 'sentencepiece'];

const PIECES =
  `the| the|hello|Wörld| |  |\n|\n\n|\t|a|b|12|3|.|'s|they're|漢字|😀|é|e\u0301|<s>|</s>|<tool>|▁|<0x41>|<|>|_end`
    .split('|')
    .concat('<|im_start|>', '<|im', '_end|>');
const pieceArb = fc.constantFrom(...PIECES);
const textArb = fc.oneof(
  fc.array(pieceArb, { maxLength: 30 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.constantFrom('a', 'b', 't', 'h', 'e'), { minLength: 60, maxLength: 200 })
    .map((all) => all.join('')),
);

/** The library's own answer, special tokens and all. */
function byLibrary(data: TokenizerData, text: string): number[] {
  return new LibraryTokenizer(data.json, {}).encode(text, { add_special_tokens: false }).ids;
}

/** Merges applied one after the other, each everywhere: the definition, quadratic. */
function byDefinition(data: TokenizerData, symbols: readonly string[]): number[] {
  const { merges, vocab } = data.json['model'] as {
    merges: (string | [string, string])[];
    vocab: Record<string, number>;
  };
  let word = [...symbols];
  for (;;) {
    const known = merges.map((merge) => (typeof merge === 'string' ? merge.split(' ') : merge));
    const next = known.find(([left, right]) =>
      word.some((one, at) => one === left && word[at + 1] === right),
    );
    if (!next) return word.map((one) => vocab[one] ?? -1);
    word = joinPair(word, next[0] ?? '', next[1] ?? '');
  }
}

describe.each(KINDS)('a %s tokenizer', (kind) => {
  const data = tinyTokenizer(kind);
  const tokenizer = openTokenizer(data);
  const specialIds = new Set(tokenizer.specialTokens.values());

  it('encodes as @huggingface/tokenizers does, special tokens included', () => {
    const library = new LibraryTokenizer(data.json, {});
    fc.assert(
      fc.property(textArb, (text) => {
        // One after another, the library finds the second of them without the space that SentencePiece puts before it.
        fc.pre(kind !== 'sentencepiece' || text.split('<tool>').length <= 2);
        const expected = library.encode(text, { add_special_tokens: false }).ids;
        expect(tokenizer.encode(text, { special: true, addBos: false })).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('makes no special tokens of text, and loses none of the text', () => {
    fc.assert(
      fc.property(textArb, (text) => {
        const ids = tokenizer.encode(text, { addBos: false });
        expect(ids.filter((id) => specialIds.has(id))).toEqual([]);
        const whole = (
          kind === 'sentencepiece' ? text.replaceAll('▁', ' ') : text.normalize('NFC')
        ).toWellFormed();
        // SentencePiece puts a space in front of each part between added tokens.
        if (kind !== 'sentencepiece' || !text.includes('<tool>')) expect(tokenizer.decode(ids)).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('detokenizes any ids piece by piece as all at once', () => {
    const ids = fc.array(fc.integer({ min: -2, max: tokenizer.size + 2 }), { maxLength: 40 });
    fc.assert(
      fc.property(ids, fc.boolean(), fc.boolean(), (tokens, special, fresh) => {
        const parts = tokenizer.detokenizer({ special, fresh });
        const streamed = tokens.map((id) => parts.push(id));
        const all = streamed.join('') + parts.flush();
        expect(tokenizer.decode(tokens, { special, fresh })).toBe(all);
        // The same bytes by another decoder.
        const shown = tokens.filter((id) => special || !specialIds.has(id));
        const bytes = Buffer.concat(shown.map((id) => tokenizer.tokenBytes(id)));
        const dropped = fresh && kind === 'sentencepiece' && bytes[0] === 0x20 ? bytes.subarray(1) : bytes;
        expect(all).toBe(dropped.toString('utf8'));
        for (const part of streamed) expect(part.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('merges long words as the definition says', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', 't', 'h', 'e', 'l'), {
      minLength: 41,
      maxLength: 150,
    });
    fc.assert(
      fc.property(letters, (word) => {
        const symbols = kind === 'sentencepiece' ? ['▁', ...word] : word;
        const expected = byDefinition(data, symbols);
        expect(tokenizer.encode(word.join(''), { addBos: false })).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('begins with the model’s token of beginning once, where it wants one', () => {
    expect(tokenizer.encode('a')[0] === 0).toBe(data.addBos);
    expect(tokenizer.encode('<s>a', { special: true, addBos: true }).filter((id) => id === 0)).toHaveLength(
      1,
    );
    expect(tokenizer.encode('a', { addBos: false })[0]).not.toBe(0);
    expect(tokenizer.encode('', { addBos: true })).toEqual([0]);
  });

  it('shows what a token is', () => {
    expect(tokenizer.tokenText(2)).toBe('<|im_start|>');
    expect(tokenizer.tokenText(99_999)).toBe('');
    const [first = -1] = tokenizer.encode('漢', { addBos: false }).slice(-1);
    expect(tokenizer.tokenBytes(first).length).toBeGreaterThan(0);
    expect(tokenizer.decode([2, 3])).toBe('');
    expect(tokenizer.decode([2, 3], { special: true })).toBe('<|im_start|><|im_end|>');
  });
});

describe('openTokenizer', () => {
  it('reads non-special added tokens as tokens everywhere, as the library does', () => {
    const data = tinyTokenizer('bytes');
    const ids = openTokenizer(data).encode('x<tool>y');
    expect(ids).toEqual(byLibrary(data, 'x<tool>y'));
    expect(ids).toHaveLength(3);
  });

  it('strips spaces beside tokens that ask for it', () => {
    const data = tinyTokenizer('bytes');
    const added = (data.json['added_tokens'] as Record<string, unknown>[]).map((token) =>
      token['content'] === '<|im_end|>' ? { ...token, rstrip: true, lstrip: true } : token,
    );
    const tokenizer = openTokenizer({ ...data, json: { ...data.json, added_tokens: added } });
    const tight = tokenizer.encode('a<|im_end|>b', { special: true });
    expect(tokenizer.encode('a \n<|im_end|>  b', { special: true })).toEqual(tight);
  });

  it('never becomes a special token that merges lead to', () => {
    const data = tinyTokenizer('sentencepiece');
    const model = data.json['model'] as { vocab: Record<string, number>; merges: string[] };
    const vocab = { ...model.vocab, '<': 900, 's>': 901, s: 902, '>': 903 };
    const merges = ['s >', '< s>', ...model.merges];
    const json = { ...data.json, model: { ...model, vocab, merges } };
    expect(openTokenizer({ ...data, json }).encode('<s>', { addBos: false })).not.toContain(0);
  });

  it('is linear in texts without spaces', () => {
    const tokenizer = openTokenizer(tinyTokenizer('sentencepiece'));
    // Quadratic work on a million characters would take minutes.
    expect(tokenizer.encode('ab'.repeat(500_000)).length).toBeGreaterThan(100_000);
    expect(tokenizer.encode('\u0416'.repeat(300_000)).length).toBe(600_002);
  });

  it('says what it does not support', () => {
    const data = tinyTokenizer('bytes');
    const open = (json: Record<string, unknown>) => () =>
      openTokenizer({ ...data, json: { ...data.json, ...json } });
    expect(open({ model: { type: 'Unigram', vocab: [] } })).toThrow('a Unigram model; only BPE is supported');
    expect(open({ decoder: { type: 'WordPiece' } })).toThrow('decoder WordPiece is not supported');
    expect(open({ model: { type: 'BPE', vocab: { a: 0 }, merges: ['a b'] } })).toThrow('which is no token');
    expect(open({ model: { type: 'BPE', vocab: { a: 'x' }, merges: [] } })).toThrow('is not valid');
  });
});
