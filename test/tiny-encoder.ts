import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { model, node, tensor, value } from '../src/engine/onnx/encode.ts';

/** The words that it knows; others are `[UNK]`. */
export const TINY_WORDS = ['cats', 'dogs', 'sleep', 'run', '##ning', 'a', 'b'] as const;
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'] as const;
const VOCABULARY = [...SPECIAL, ...TINY_WORDS];

/** The state of a token: any numbers, different for each. */
export function tinyState(token: string, dimensions: number): number[] {
  const id = VOCABULARY.findIndex((word) => word === token);
  return Array.from({ length: dimensions }, (_, d) => Math.fround(Math.sin(1 + id * dimensions + d)));
}

/** Writes an encoder that is made like MiniLM but for its layers: a token's state is its word's row. */
export function writeTinyEncoder(folder: string, dimensions: number): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson()));
  writeFileSync(join(folder, 'model.onnx'), tinyModel(dimensions));
}

function tinyModel(dimensions: number): Uint8Array {
  const rows = VOCABULARY.flatMap((token) => tinyState(token, dimensions));
  const ids = (name: string): Uint8Array => value(name, 'int64', ['batch', 'sequence']);
  return model({
    name: 'tiny-encoder',
    nodes: [
      node({ op: 'Gather', inputs: ['words', 'input_ids'], outputs: ['word'] }),
      // Types are all 0 and add nothing; the mask is not needed where no token looks at another.
      node({ op: 'Cast', inputs: ['token_type_ids'], outputs: ['types'], attributes: { to: { int: 1 } } }),
      node({ op: 'Unsqueeze', inputs: ['types', 'last'], outputs: ['type'] }),
      node({ op: 'Add', inputs: ['word', 'type'], outputs: ['last_hidden_state'] }),
    ],
    inputs: [ids('input_ids'), ids('attention_mask'), ids('token_type_ids')],
    outputs: [value('last_hidden_state', 'float32', ['batch', 'sequence', dimensions])],
    initializers: [
      tensor('words', 'float32', [VOCABULARY.length, dimensions], Float32Array.from(rows)),
      tensor('last', 'int64', [1], BigInt64Array.of(-1n)),
    ],
  });
}

function tokenizerJson(): unknown {
  const special = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } });
  return {
    version: '1.0',
    truncation: { max_length: 4, strategy: 'LongestFirst', stride: 0 },
    padding: { strategy: { Fixed: 4 }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' },
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((id) => [
          id,
          { id, ids: [VOCABULARY.findIndex((w) => w === id)], tokens: [id] },
        ]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(VOCABULARY.map((token, id) => [token, id])),
    },
  };
}
