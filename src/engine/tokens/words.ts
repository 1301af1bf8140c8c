import { Tokenizer } from '@huggingface/tokenizers';
import type { StepJson, TokenizerJson } from './tokenizer-json.ts';

/** How a text is normalised and cut into words before byte-pair encoding. */
export interface Words {
  /** Whether the words' tokens are in GPT-2's alphabet of bytes. */
  readonly bytes: boolean;
  normalize(text: string): string;
  /** @param section which part of the text this is, counting special tokens; some mark only the first */
  split(text: string, section: number): readonly string[];
}

const GPT2_WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Normalisers and splitters are the library's; the step to bytes is left out, for it is done word by word, cached. */
export function openWords(json: TokenizerJson): Words {
  const steps = flatten(json.pre_tokenizer ?? null);
  const at = steps.findIndex(({ type }) => type === 'ByteLevel');
  if (at >= 0 && at !== steps.length - 1)
    throw new Error('The tokenizer splits words after turning them into bytes; that is not supported.');
  const byteLevel = at < 0 ? null : (steps[at] ?? null);
  const before = byteLevel ? steps.slice(0, -1) : steps;
  const library = new Tokenizer(
    {
      added_tokens: [],
      normalizer: json.normalizer ?? null,
      pre_tokenizer: before.length === 0 ? null : { type: 'Sequence', pretokenizers: before },
      model: { type: 'BPE', vocab: {}, merges: [] },
      post_processor: null,
      decoder: null,
    },
    {},
  );
  const { normalizer, pre_tokenizer: splitter } = library;
  const cut = (text: string, section: number): readonly string[] =>
    splitter ? splitter.pre_tokenize(text, { section_index: section }) : [text];
  return {
    bytes: byteLevel !== null,
    normalize: (text) => (normalizer ? normalizer.normalize(text) : text),
    split: byteLevel ? (text, section) => toByteLevel(cut(text, section), byteLevel) : cut,
  };
}

function flatten(step: StepJson | null): StepJson[] {
  if (step === null) return [];
  if (step.type !== 'Sequence') return [step];
  const inner = step['pretokenizers'];
  return Array.isArray(inner) ? inner.flatMap((one: StepJson) => flatten(one)) : [];
}

function toByteLevel(pieces: readonly string[], step: StepJson): readonly string[] {
  const prefix = step['add_prefix_space'] === true;
  const regex = step['use_regex'] !== false;
  if (!prefix && !regex) return pieces;
  const words: string[] = [];
  for (const piece of pieces) {
    const text = prefix && !piece.startsWith(' ') ? ` ${piece}` : piece;
    if (!regex) words.push(text);
    else for (const word of text.match(GPT2_WORDS) ?? []) words.push(word);
  }
  return words;
}
