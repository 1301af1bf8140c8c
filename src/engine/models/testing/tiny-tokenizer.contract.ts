/** GPT-2's printable stand-ins for the 256 bytes. */
const BYTE_SYMBOLS: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

export const TINY_SPECIALS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;

export const TINY_MERGES: readonly (readonly [string, string])[] = [
  ['Ġ', 't'],
  ['h', 'e'],
  ['i', 'n'],
  ['r', 'e'],
  ['o', 'n'],
  ['Ġ', 'a'],
  ['Ġt', 'he'],
  ['e', 'r'],
  ['Ġ', 's'],
  ['a', 't'],
  ['Ġ', 'w'],
  ['o', 'u'],
  ['l', 'l'],
  ['Ġ', 'o'],
  ['i', 's'],
  ['e', 'n'],
  ['o', 'r'],
  ['Ġ', 'b'],
  ['Ġ', 'c'],
  ['in', 'g'],
  ['a', 'n'],
  ['Ġan', 'd'],
  ['Ġ', 'in'],
  ['e', 's'],
  ['Ġo', 'f'],
  ['Ġt', 'o'],
  ['Ġ', 'h'],
  ['a', 'r'],
  ['Ġ', 'm'],
  ['u', 's'],
  ['e', 'r'],
  ['s', 't'],
  ['Ġ', 'p'],
  ['l', 'e'],
  ['he', 'll'],
  ['hell', 'o'],
  ['Ġw', 'or'],
  ['l', 'd'],
  ['Ġwor', 'ld'],
  ['user', 's'],
  ['a', 's'],
  ['s', 'is'],
];

export const TINY_CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Ids: the specials, then the 256 bytes, then what the merges make. */
export function tinyTokens(): readonly string[] {
  const known = new Set<string>([...TINY_SPECIALS, ...BYTE_SYMBOLS]);
  for (const [left, right] of tinyMerges()) known.add(left + right);
  return [...known];
}

/** Only merges whose parts exist, each result once. */
export function tinyMerges(): readonly (readonly [string, string])[] {
  const known = new Set<string>(BYTE_SYMBOLS);
  return TINY_MERGES.filter(([left, right]) => {
    if (!known.has(left) || !known.has(right) || known.has(left + right)) return false;
    known.add(left + right);
    return true;
  });
}

/** A tokenizer.json as SmolLM2's. */
export function tinyTokenizerJson(): Record<string, unknown> {
  const vocab = Object.fromEntries(tinyTokens().map((token, id) => [token, id]));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: TINY_SPECIALS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: '\\p{N}' }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: tinyMerges(),
    },
  };
}
