import { ModelFileError } from '../errors.ts';
import type { Fields } from '../fields.ts';
import type { TokenizerData } from '../model.ts';
import { byteLevelBpe, preTokenizerNamed } from './byte-level-bpe.ts';
import { endTokens } from './end-tokens.ts';
import { sentencePieceBpe } from './sentencepiece-bpe.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

const REMEDY = 'Take a file of the model that llama.cpp converted with its vocabulary';

/** A Hugging Face tokenizer out of a GGUF's `tokenizer.ggml.*`. @throws ModelFileError */
export function tokenizerOfGguf(fields: Fields): TokenizerData {
  const key = (name: string) => `tokenizer.ggml.${name}`;
  const kind = fields.text(key('model'));
  const tokens = fields.optionalTexts(key('tokens'));
  if (!tokens || tokens.length === 0) throw new ModelFileError(fields.path, 'it has no vocabulary', REMEDY);
  const types = fields.optionalNumbers(key('token_type'));
  const vocabulary = vocabularyOf(tokens, types);
  const idOf = (name: string) => {
    const id = fields.optionalNumber(key(name));
    return id !== undefined && tokens[id] !== undefined ? id : undefined;
  };
  const { parts, addBosByDefault } = partsOf(fields, kind, vocabulary);
  const bosToken = idOf('bos_token_id') ?? (kind === 'llama' ? 1 : null);
  const addBos = (fields.optionalBool(key('add_bos_token')) ?? addBosByDefault) && bosToken !== null;
  const eos = idOf('eos_token_id');
  const textOf = (id: number | null | undefined) =>
    id === null || id === undefined ? null : (tokens[id] ?? null);
  return {
    json: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: vocabulary.added,
      post_processor: addBos ? startWith(textOf(bosToken) ?? '', bosToken) : null,
      ...parts,
    },
    config: {
      add_bos_token: addBos,
      bos_token: textOf(bosToken),
      eos_token: textOf(eos),
      unk_token: vocabulary.unknown,
      clean_up_tokenization_spaces: false,
    },
    chatTemplate: fields.optionalText('tokenizer.chat_template') ?? null,
    bosToken,
    eosTokens: endTokens(
      [eos, idOf('eot_token_id'), idOf('eom_token_id')],
      vocabulary.added.filter(({ special }) => special).map(({ id, content }) => [id, content] as const),
    ),
    addBos,
  };
}

function partsOf(
  fields: Fields,
  kind: string,
  vocabulary: Vocabulary,
): { readonly parts: Record<string, unknown>; readonly addBosByDefault: boolean } {
  switch (kind) {
    case 'gpt2': {
      const merges = fields.optionalTexts('tokenizer.ggml.merges');
      if (!merges) throw new ModelFileError(fields.path, 'its vocabulary has no merges', REMEDY);
      const pre = preTokenizerNamed(fields.path, fields.optionalText('tokenizer.ggml.pre') ?? 'default');
      return { parts: byteLevelBpe(fields.path, vocabulary, merges, pre), addBosByDefault: pre.addBos };
    }
    case 'llama': {
      const scores = fields.optionalNumbers('tokenizer.ggml.scores');
      if (!scores) throw new ModelFileError(fields.path, 'its vocabulary has no scores', REMEDY);
      const prefix = fields.optionalBool('tokenizer.ggml.add_space_prefix') ?? true;
      return { parts: sentencePieceBpe(vocabulary, scores, prefix), addBosByDefault: true };
    }
    default:
      throw new ModelFileError(
        fields.path,
        `its tokenizer "${kind.slice(0, 80)}" is not supported`,
        'Supported: gpt2 (byte-level BPE), llama (SentencePiece BPE)',
      );
  }
}

function startWith(token: string, id: number | null): Record<string, unknown> {
  const special = { SpecialToken: { id: token, type_id: 0 } };
  const [first, second] = [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }];
  return {
    type: 'TemplateProcessing',
    single: [special, first],
    pair: [special, first, special, second],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}
