import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fields } from '../fields.ts';
import type { TokenizerData } from '../model.ts';
import { TINY_SPECIALS, tinyMerges, tinyTokens } from '../testing/tiny-tokenizer.contract.ts';
import { tokenizerOfGguf } from './of-gguf.ts';

const SAMPLES = [
  'Hello, world! hello users',
  'Größe naïve façade',
  '日本語の文章と漢字。',
  '😀 👩‍👩‍👧 emoji',
  'مرحبا بالعالم עולם',
  'a\n\n  b\t\tc   \r\n d ',
  "I'll've it's 3.14159 + 12345",
  ' leading and  double',
  '<|im_start|>user\nhello<|im_end|>\n',
];

const anyText = fc
  .array(
    fc.integer({ min: 0, max: 0x10ffff }).filter((code) => code < 0xd800 || code > 0xdfff),
    { minLength: 1, maxLength: 20 },
  )
  .map((codes) => String.fromCodePoint(...codes));

function made(metadata: Record<string, unknown>): TokenizerData {
  const all = Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [`tokenizer.ggml.${key}`, value]),
  );
  return tokenizerOfGguf(Fields.ofRecord('x.gguf', all));
}

const load = ({ json, config }: TokenizerData) =>
  new Tokenizer(JSON.parse(JSON.stringify(json)), JSON.parse(JSON.stringify(config)));

const byteLevel = (pre: string | null, more: Record<string, unknown> = {}) =>
  made({
    model: 'gpt2',
    ...(pre && { pre }),
    tokens: tinyTokens(),
    token_type: tinyTokens().map((_, id) => (id < TINY_SPECIALS.length ? 3 : 1)),
    merges: tinyMerges().map((pair) => pair.join(' ')),
    bos_token_id: 1,
    eos_token_id: 2,
    ...more,
  });

describe('a byte-level BPE out of a GGUF', () => {
  it.each(['smollm', 'llama-bpe', 'qwen2', 'gpt-2', 'tekken', 'default', null])(
    'goes there and back with %s',
    (pre) => {
      const text = load(byteLevel(pre, { add_bos_token: false }));
      for (const sample of SAMPLES) expect(text.decode(text.encode(sample).ids)).toBe(sample);
      fc.assert(
        fc.property(anyText, (sample) => {
          const normal = pre === 'qwen2' ? sample.normalize('NFC') : sample;
          expect(text.decode(text.encode(sample).ids)).toBe(normal);
        }),
        { numRuns: 100 },
      );
    },
  );

  it('takes special tokens whole', () => {
    expect(load(byteLevel('smollm')).encode('<|im_start|>a<|im_end|>').ids).toEqual([1, 3 + 97, 2]);
  });

  const pieces = (pre: string, sample: string) => {
    const { pre_tokenizer: cut } = load(byteLevel(pre)) as unknown as {
      pre_tokenizer: (text: string) => string[];
    };
    return cut(sample).map((piece) => piece.replaceAll('Ġ', ' ').replaceAll('Ċ', '\n'));
  };

  it('cuts text as the model was trained', () => {
    const sample = "I'll HAVE 12345 iPhones!!\n\n  ok";
    const cut = (pre: string) => pieces(pre, sample).join('|');
    expect(cut('gpt-2')).toBe("I|'ll| HAVE| 12345| iPhones|!!|\n\n | ok");
    expect(cut('smollm')).toBe("I|'ll| HAVE| |1|2|3|4|5| iPhones|!!|\n\n | ok");
    expect(cut('llama-bpe')).toBe("I|'ll| HAVE| |123|45| iPhones|!!\n\n| | ok");
    expect(cut('qwen2')).toBe("I|'ll| HAVE| |1|2|3|4|5| iPhones|!!\n\n| | ok");
    expect(cut('tekken')).toBe("I|'ll| HAVE| |1|2|3|4|5| i|Phones|!!\n\n| | ok");
  });

  it('starts with BOS when the file says so, or its kind does', () => {
    expect(byteLevel('smollm')).toMatchObject({ addBos: false, bosToken: 1 });
    expect(byteLevel('llama-bpe')).toMatchObject({ addBos: true, bosToken: 1 });
    expect(byteLevel('llama-bpe', { add_bos_token: false }).addBos).toBe(false);
    expect(byteLevel('smollm', { add_bos_token: true, bos_token_id: undefined })).toMatchObject({
      addBos: false,
      bosToken: null,
    });
    expect(load(byteLevel('llama-bpe')).encode('a').ids).toEqual([1, 100]);
    expect(load(byteLevel('llama-bpe')).encode('a', { add_special_tokens: false }).ids).toEqual([100]);
  });

  it('ends with what the file lists and with special tokens known to end', () => {
    expect(byteLevel('smollm').eosTokens).toEqual([0, 2]);
    expect(byteLevel('smollm', { eos_token_id: 7, eot_token_id: 9 }).eosTokens).toEqual([0, 2, 7, 9]);
    expect(byteLevel('smollm', { eos_token_id: 100_000 }).eosTokens).toEqual([0, 2]);
  });

  it('keeps tokens with strange texts apart', () => {
    const tokens = [...tinyTokens(), '__proto__', 'constructor', '7', '7', ''];
    const { json } = byteLevel('smollm', { tokens, token_type: undefined });
    const { vocab } = json['model'] as { vocab: Record<string, number> };
    const count = tinyTokens().length;
    const nine = tinyTokens().indexOf('7');
    expect(Object.hasOwn(vocab, '__proto__') && vocab['__proto__']).toBe(count);
    expect(vocab['constructor']).toBe(count + 1);
    expect(vocab['7']).toBe(nine);
  });

  it('refuses what it does not know', () => {
    expect(() => byteLevel('bloom')).toThrow(
      /pre-tokenizer "bloom" is not known\. Known: default, gpt-2, smollm/,
    );
    expect(() => byteLevel('smollm', { model: 'bert' })).toThrow(/tokenizer "bert" is not supported/);
    expect(() => byteLevel('smollm', { merges: ['ab'] })).toThrow(/merge "ab" is not of two parts/);
    expect(() => byteLevel('smollm', { merges: undefined })).toThrow(/no merges/);
    expect(() => byteLevel('smollm', { tokens: [] })).toThrow(/no vocabulary/);
  });
});

const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);
const CHARACTERS = ['▁', ...'abcdehlorstw,.'.split('')];
const WORDS = [
  '▁t',
  'he',
  '▁the',
  'll',
  'lo',
  'llo',
  'hello',
  '▁hello',
  '▁w',
  'or',
  'ld',
  'orld',
  '▁world',
  'at',
  'aa',
  'aaa',
  '▁▁',
];
const PIECES = ['<unk>', '<s>', '</s>', ...BYTES, ...WORDS, ...CHARACTERS];

const sentencePiece = (more: Record<string, unknown> = {}) =>
  made({
    model: 'llama',
    tokens: PIECES,
    token_type: PIECES.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1)),
    scores: PIECES.map((_, id) => (id < 259 ? 0 : 259 - id)),
    bos_token_id: 1,
    eos_token_id: 2,
    ...more,
  });

/** SentencePiece's BPE: join the neighbours that make the best piece, the leftmost first, until none do. */
function spmEncode(text: string): number[] {
  const ids = new Map(PIECES.map((piece, id) => [piece, id]));
  const score = (piece: string) => {
    const id = ids.get(piece);
    return id === undefined || id < 259 ? -Infinity : 259 - id;
  };
  const parts = Array.from(`▁${text.replaceAll(' ', '▁')}`);
  for (;;) {
    const made = parts.slice(1).map((part, i) => score(parts[i]! + part));
    const best = Math.max(-Infinity, ...made);
    if (best === -Infinity) break;
    const at = made.indexOf(best);
    parts.splice(at, 2, parts[at]! + parts[at + 1]!);
  }
  return parts.flatMap((part) => {
    const id = ids.get(part);
    return id === undefined ? [...new TextEncoder().encode(part)].map((byte) => 3 + byte) : [id];
  });
}

describe("SentencePiece's BPE out of a GGUF", () => {
  it('goes there and back', () => {
    const text = load(sentencePiece({ add_bos_token: false }));
    for (const sample of ['hello world', 'the  rat', 'Größe 日本語 😀', ' x', 'a\nb']) {
      expect(text.decode(text.encode(sample).ids)).toBe(sample);
    }
  });

  it('merges as SentencePiece does', () => {
    const text = load(sentencePiece({ add_bos_token: false }));
    const units = fc.constantFrom(...'abcdehlorstw,. '.split(''), 'hello', ' world', ' the', 'é', '日');
    fc.assert(
      fc.property(fc.array(units, { minLength: 1, maxLength: 30 }), (parts) => {
        const sample = parts.join('');
        // Runs of one letter can be cut in more ways than one with the same pieces; ids tell them apart, text does not.
        fc.pre(!/a{3}/.test(sample) && !/ {3}/.test(sample));
        expect(text.encode(sample).ids).toEqual(spmEncode(sample));
      }),
      { numRuns: 500 },
    );
  });

  it('puts a space and BOS first, unless told not to', () => {
    const id = (piece: string) => PIECES.indexOf(piece);
    expect(load(sentencePiece()).encode('the').ids).toEqual([1, id('▁the')]);
    expect(load(sentencePiece({ add_space_prefix: false })).encode('he').ids).toEqual([1, id('he')]);
    expect(sentencePiece()).toMatchObject({ addBos: true, bosToken: 1, eosTokens: [2] });
  });

  it('needs scores', () => {
    expect(() => sentencePiece({ scores: undefined })).toThrow(/no scores/);
  });
});
