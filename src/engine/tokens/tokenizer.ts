import type { TokenizerData } from '../models/model.ts';
import { AddedTokens, type Section } from './added-tokens.ts';
import { Bpe } from './bpe.ts';
import { Detokenizer } from './detokenizer.ts';
import { tokenDecoding } from './token-bytes.ts';
import { type AddedTokenJson, parseTokenizerJson } from './tokenizer-json.ts';
import { openWords } from './words.ts';

export interface EncodeOptions {
  /** Puts the token of beginning in front, unless it is there; as the model wants it by default. */
  readonly addBos?: boolean;
  /**
   * Whether text such as `<|im_start|>` becomes that special token. Otherwise, by default, it is text like any
   * other: what users write must not be able to end a turn or begin another.
   */
  readonly special?: boolean;
}

export interface DecodeOptions {
  /** Shows special tokens as they are written. By default they have no text. */
  readonly special?: boolean;
  /** Whether a text begins here: tokenizers that put a space in front of texts then drop it again. */
  readonly fresh?: boolean;
}

/** Text to tokens and back. Ids that are no tokens, such as those of a padded vocabulary, have no text. */
export interface Tokenizer {
  encode(text: string, options?: EncodeOptions): number[];
  /** Texts one after the other as one text, `special` ones with special tokens and others without. */
  encodePieces(pieces: readonly TextPiece[]): number[];
  /** By default of a text that begins with these tokens. */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  /** By default of a text that goes on with these tokens. */
  detokenizer(options?: DecodeOptions): Detokenizer;
  /** Its text by itself, special tokens as they are written; bytes that are no whole character become U+FFFD. */
  tokenText(id: number): string;
  tokenBytes(id: number): Uint8Array;
  /** Id of each special token by how it is written. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Finds them in text; those of one character are left out, for nothing could keep users from writing them. */
  readonly specialFinder: AddedTokens;
  readonly size: number;
}

export interface TextPiece {
  readonly text: string;
  readonly special: boolean;
}

const NO_BYTES = new Uint8Array(0);

/** @throws Error that says what of the tokenizer is wrong or not supported */
export function openTokenizer(data: TokenizerData): Tokenizer {
  const json = parseTokenizerJson(data.json);
  const words = openWords(json);
  const special = json.added_tokens.filter((token) => token.special);
  const bpe = new Bpe(json.model, words.bytes, new Set(special.map(({ content }) => content)));
  const decoding = tokenDecoding(json.decoder ?? null, words.bytes);
  const isNormalized = (token: AddedTokenJson): boolean => token.normalized ?? !token.special;
  const raw = json.added_tokens.filter((token) => !isNormalized(token));
  const finders = {
    all: new AddedTokens(raw),
    plain: new AddedTokens(raw.filter(({ special }) => !special)),
    normalizedAll: normalizedFinder(json.added_tokens.filter(isNormalized)),
    normalizedPlain: normalizedFinder(json.added_tokens.filter((t) => isNormalized(t) && !t.special)),
  };
  const added = new Map(json.added_tokens.map((token) => [token.id, token]));
  const tokens = new Map([...bpe.vocab].map(([text, id]) => [id, text]));
  const bytes: (Uint8Array | undefined)[] = [];
  const size = 1 + [...tokens.keys(), ...added.keys()].reduce((most, id) => Math.max(most, id), -1);

  function normalizedFinder(some: readonly AddedTokenJson[]): AddedTokens {
    return new AddedTokens(some, ({ content }) => words.normalize(content));
  }

  function tokenBytes(id: number): Uint8Array {
    const known = bytes[id];
    if (known) return known;
    const whole = added.get(id)?.content;
    const text = tokens.get(id);
    if (whole === undefined && text === undefined) return NO_BYTES;
    const found = whole === undefined ? decoding.bytesOf(text ?? '') : Buffer.from(whole, 'utf8');
    bytes[id] = found;
    return found;
  }

  function encodeSections(pieces: readonly TextPiece[]): number[] {
    const out: number[] = [];
    let section = 0;
    for (const { text, special } of pieces) {
      for (const part of (special ? finders.all : finders.plain).split(text)) {
        encodeSection(part, special, section++, out);
      }
    }
    return out;
  }

  function encodeSection(part: Section, special: boolean, section: number, out: number[]): void {
    if (part.kind === 'token') return void out.push(part.id);
    const normal = words.normalize(part.text);
    for (const inner of (special ? finders.normalizedAll : finders.normalizedPlain).split(normal)) {
      if (inner.kind === 'token') out.push(inner.id);
      else for (const word of words.split(inner.text, section)) bpe.encode(word, out);
    }
  }

  function detokenizer({ special = false, fresh = false }: DecodeOptions = {}): Detokenizer {
    const bytesOf = special
      ? tokenBytes
      : (id: number) => (added.get(id)?.special ? NO_BYTES : tokenBytes(id));
    return new Detokenizer(bytesOf, fresh && decoding.dropsFirstSpace);
  }

  return {
    encode(text, { addBos = data.addBos, special = false } = {}) {
      const ids = encodeSections([{ text, special }]);
      const bos = addBos ? data.bosToken : null;
      return bos === null || ids[0] === bos ? ids : [bos, ...ids];
    },
    encodePieces: encodeSections,
    detokenizer,
    decode(ids, options = {}) {
      const parts = detokenizer({ fresh: true, ...options });
      let text = '';
      for (const id of ids) text += parts.push(id);
      return text + parts.flush();
    },
    tokenBytes,
    tokenText: (id) => Buffer.from(tokenBytes(id)).toString('utf8'),
    specialFinder: new AddedTokens(special.filter(({ content }) => content.length > 1)),
    specialTokens: new Map(special.map(({ content, id }) => [content, id])),
    size,
  };
}
