import type { TokenizerData } from '../../models/model.ts';
import { byteToken } from '../bpe.ts';
import { CHARACTER_OF_BYTE } from '../byte-alphabet.ts';

const SAMPLE =
  'the quick brown fox jumps over the lazy dog. The other dogs, 12345 of them, saw nothing; they’re thinking. ' +
  'hello hello world worlds wörld wörter 漢字 漢字 ééé 😀😀 aaaa bbbb aaaabbbb    spaces\n\n\tand tabs';

const SPECIAL = ['<s>', '</s>', '<|im_start|>', '<|im_end|>'] as const;

export type TinyKind = 'bytes' | 'llama3' | 'sentencepiece';

/** Tokenizers as small as they can be, made by counting pairs, of each kind that models have. */
export function tinyTokenizer(kind: TinyKind, chatTemplate: string | null = null): TokenizerData {
  const bytes = kind !== 'sentencepiece';
  const words = bytes
    ? [...SAMPLE.matchAll(/\s?\S+|\s+/g)].map(([word]) => inBytes(word).split(''))
    : SAMPLE.split(' ').map((word) => Array.from(`▁${word}`));
  const merges = learnMerges(words, 120);
  const base = bytes
    ? [...CHARACTER_OF_BYTE]
    : [...Array.from({ length: 256 }, (_, byte) => byteToken(byte)), ...new Set(words.flat()), '▁'];
  const tokens = [...new Set([...SPECIAL, ...base, ...merges.map((pair) => pair.join(''))])];
  const added = SPECIAL.map((content, id) => ({ id, content, special: true, normalized: false }));
  const tool = { id: tokens.length, content: '<tool>', special: false, normalized: true };
  return {
    json: {
      added_tokens: [...added, tool],
      normalizer: bytes
        ? { type: 'NFC' }
        : {
            type: 'Sequence',
            normalizers: [
              { type: 'Prepend', prepend: '▁' },
              { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
            ],
          },
      pre_tokenizer: PRE_TOKENIZERS[kind],
      post_processor: null,
      decoder: bytes
        ? { type: 'ByteLevel' }
        : {
            type: 'Sequence',
            decoders: [
              { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
              { type: 'ByteFallback' },
              { type: 'Fuse' },
              { type: 'Strip', content: ' ', start: 1, stop: 0 },
            ],
          },
      model: {
        type: 'BPE',
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: kind === 'llama3' ? merges : merges.map((pair) => pair.join(' ')),
        ignore_merges: kind === 'llama3',
        byte_fallback: !bytes,
        fuse_unk: !bytes,
        unk_token: bytes ? null : '<s>',
      },
    },
    config: {},
    chatTemplate,
    bosToken: 0,
    eosTokens: [1, 3],
    addBos: kind !== 'bytes',
  };
}

const PRE_TOKENIZERS = {
  bytes: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Digits', individual_digits: true },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    ],
  },
  llama3: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: {
          Regex:
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        },
        behavior: 'Isolated',
        invert: false,
      },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    ],
  },
  sentencepiece: null,
} as const;

function learnMerges(words: readonly string[][], count: number): [string, string][] {
  let current = words;
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const counts = new Map<string, number>();
    for (const word of current)
      for (let at = 0; at + 1 < word.length; at++) {
        const pair = `${word[at]} ${word[at + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    const best = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (!best) break;
    const [left = '', right = ''] = best[0].split(' ');
    merges.push([left, right]);
    current = current.map((word) => joinPair(word, left, right));
  }
  return merges;
}

/** Every `left` followed by `right` joined, from the left. */
export function joinPair(word: readonly string[], left: string, right: string): string[] {
  const joined: string[] = [];
  for (let at = 0; at < word.length; at++) {
    if (word[at] === left && word[at + 1] === right) joined.push(left + (word[++at] ?? ''));
    else joined.push(word[at] ?? '');
  }
  return joined;
}

function inBytes(text: string): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => CHARACTER_OF_BYTE[byte]).join('');
}
