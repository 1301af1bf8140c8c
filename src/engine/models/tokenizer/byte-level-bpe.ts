import { DOWNLOAD_AGAIN, ModelFileError } from '../errors.ts';
import { PRE_TOKENIZERS, type PreTokenizer } from './pre-tokenizers.ts';
import type { Vocabulary } from './vocabulary.ts';

/** @throws ModelFileError when the cut is unknown: guessing it would give wrong tokens in silence */
export function preTokenizerNamed(path: string, name: string): PreTokenizer {
  const known = PRE_TOKENIZERS.get(name);
  if (known) return known;
  throw new ModelFileError(
    path,
    `its pre-tokenizer "${name.slice(0, 80)}" is not known`,
    `Known: ${[...PRE_TOKENIZERS.keys()].join(', ')}`,
  );
}

/** The parts of a tokenizer.json for GPT-2's kind of BPE. */
export function byteLevelBpe(
  path: string,
  vocabulary: Vocabulary,
  merges: readonly string[],
  pre: PreTokenizer,
): Record<string, unknown> {
  return {
    normalizer: pre.nfc ? { type: 'NFC' } : null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        ...pre.splits.map((regex) => ({
          type: 'Split',
          pattern: { Regex: regex },
          behavior: 'Isolated',
          invert: false,
        })),
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: pre.gpt2 },
      ],
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.ignoreMerges,
      vocab: vocabulary.ids,
      merges: merges.map((merge) => pairOf(path, merge)),
    },
  };
}

/** Symbols never hold a space: bytes stand for themselves as other characters. */
function pairOf(path: string, merge: string): readonly [string, string] {
  const space = merge.indexOf(' ', 1);
  if (space > 0 && space < merge.length - 1) return [merge.slice(0, space), merge.slice(space + 1)];
  throw new ModelFileError(path, `merge "${merge.slice(0, 80)}" is not of two parts`, DOWNLOAD_AGAIN);
}
