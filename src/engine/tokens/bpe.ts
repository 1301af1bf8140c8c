import { CHARACTER_OF_BYTE } from './byte-alphabet.ts';
import { WordMerger } from './merge-word.ts';
import { PairTable } from './pair-table.ts';
import type { BpeJson } from './tokenizer-json.ts';

const MOST_CACHED = 50_000;
const LONGEST_CACHED = 64;
/** A character that is no token: joined with nothing, then written as bytes or as the unknown token. */
const UNKNOWN = -2;

/**
 * Byte-pair encoding of words, as Hugging Face's `tokenizers` does it. Written here because
 * `@huggingface/tokenizers` takes 5 to 10 µs a character for long texts without spaces, and this one 0.3.
 */
export class Bpe {
  readonly #vocab: ReadonlyMap<string, number>;
  readonly #bytes: boolean;
  readonly #ignoreMerges: boolean;
  readonly #fuseUnknown: boolean;
  readonly #unknown: number | null;
  readonly #byteIds: Int32Array | null;
  readonly #merger: WordMerger;
  readonly #joined: PairTable;
  readonly #cache = new Map<string, readonly number[]>();
  #symbols = new Int32Array(256);

  /**
   * @param bytes whether its tokens are written in GPT-2's alphabet of bytes
   * @param special tokens that text never becomes, even where merges lead to them
   */
  constructor(model: BpeJson, bytes: boolean, special: ReadonlySet<string>) {
    const isText = ([token]: readonly [string, number]): boolean => !special.has(token);
    this.#vocab = new Map(Object.entries(model.vocab).filter(isText));
    this.#bytes = bytes;
    this.#ignoreMerges = model.ignore_merges ?? false;
    this.#fuseUnknown = model.fuse_unk ?? false;
    this.#unknown = model.vocab[model.unk_token ?? ''] ?? null;
    this.#byteIds = bytes ? this.#ids(CHARACTER_OF_BYTE) : this.#fallback(model);
    const count = model.merges.length;
    const ranks = new PairTable(count);
    const results = new Int32Array(count);
    this.#joined = new PairTable(count);
    for (const [rank, merge] of model.merges.entries()) {
      const [left, right] = typeof merge === 'string' ? splitMerge(merge) : merge;
      if ([left, right, left + right].some((token) => special.has(token))) continue;
      results[rank] = this.#token(left + right);
      ranks.set(this.#token(left), this.#token(right), rank);
      this.#joined.set(lastCharacter(left), right.codePointAt(0) ?? 0, 1);
    }
    this.#merger = new WordMerger(ranks, results);
  }

  get vocab(): ReadonlyMap<string, number> {
    return this.#vocab;
  }

  encode(word: string, out: number[]): void {
    if (word.length <= LONGEST_CACHED) this.#encodeCached(word, out);
    else if (this.#bytes) this.#encodeWord(word, out);
    else this.#encodeText(word, out);
  }

  /**
   * A whole text as one word, as SentencePiece's models have it. Where no merge joins two characters, no token
   * goes over them, so the text may be cut there: mostly before words, which are then found in the cache.
   */
  #encodeText(text: string, out: number[]): void {
    let start = 0;
    let before = text.codePointAt(0) ?? 0;
    for (let at = before > 0xffff ? 2 : 1; at < text.length; ) {
      const character = text.codePointAt(at) ?? 0;
      if (this.#joined.get(before, character) < 0 && !this.#fuses(before, character)) {
        this.#encodePart(text.slice(start, at), out);
        start = at;
      }
      before = character;
      at += character > 0xffff ? 2 : 1;
    }
    this.#encodePart(text.slice(start), out);
  }

  #encodePart(part: string, out: number[]): void {
    if (part.length <= LONGEST_CACHED) this.#encodeCached(part, out);
    else this.#encodeWord(part, out);
  }

  #fuses(left: number, right: number): boolean {
    if (!this.#fuseUnknown) return false;
    return !this.#vocab.has(String.fromCodePoint(left)) && !this.#vocab.has(String.fromCodePoint(right));
  }

  #encodeCached(word: string, out: number[]): void {
    let ids = this.#cache.get(word);
    if (ids === undefined) {
      const found: number[] = [];
      this.#encodeWord(word, found);
      ids = found;
      if (this.#cache.size >= MOST_CACHED) this.#cache.clear();
      this.#cache.set(ownCopy(word), ids);
    }
    for (const id of ids) out.push(id);
  }

  #encodeWord(word: string, out: number[]): void {
    if (this.#ignoreMerges) {
      const whole = this.#vocab.get(this.#bytes ? inByteAlphabet(word) : word);
      if (whole !== undefined) return void out.push(whole);
    }
    let count = this.#bytes ? this.#byteSymbols(word) : this.#characterSymbols(word);
    count = this.#merger.merge(this.#symbols, count);
    let unknownBefore = false;
    for (let at = 0; at < count; at++) {
      const symbol = this.#symbols[at] ?? UNKNOWN;
      const unknown = symbol === UNKNOWN;
      if (!unknown) out.push(symbol);
      else if (this.#unknown !== null && !(unknownBefore && this.#fuseUnknown)) out.push(this.#unknown);
      unknownBefore = unknown;
    }
  }

  #byteSymbols(word: string): number {
    const bytes = Buffer.from(word, 'utf8');
    this.#reserve(bytes.length);
    for (let at = 0; at < bytes.length; at++) this.#symbols[at] = this.#byteIds?.[bytes[at] ?? 0] ?? UNKNOWN;
    return bytes.length;
  }

  #characterSymbols(word: string): number {
    this.#reserve(3 * word.length);
    let count = 0;
    for (const character of word) {
      const id = this.#vocab.get(character);
      if (id !== undefined) this.#symbols[count++] = id;
      else if (this.#byteIds === null) this.#symbols[count++] = UNKNOWN;
      else
        for (const byte of Buffer.from(character, 'utf8'))
          this.#symbols[count++] = this.#byteIds[byte] ?? UNKNOWN;
    }
    return count;
  }

  #fallback(model: BpeJson): Int32Array | null {
    if (!model.byte_fallback) return null;
    const ids = this.#ids(Array.from({ length: 256 }, (_, byte) => byteToken(byte)));
    return ids.includes(UNKNOWN) ? null : ids;
  }

  #ids(tokens: readonly string[]): Int32Array {
    return Int32Array.from(tokens, (token) => this.#vocab.get(token) ?? UNKNOWN);
  }

  #token(text: string): number {
    const id = this.#vocab.get(text);
    if (id === undefined)
      throw new Error(`The tokenizer has a merge of ${JSON.stringify(text)}, which is no token.`);
    return id;
  }

  #reserve(count: number): void {
    if (this.#symbols.length < count) this.#symbols = new Int32Array(2 ** Math.ceil(Math.log2(count)));
  }
}

/** How byte-fallback vocabularies write a byte. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

function splitMerge(merge: string): [string, string] {
  const at = merge.indexOf(' ', 1);
  if (at < 0) throw new Error(`The tokenizer has a merge that is no pair: ${JSON.stringify(merge)}`);
  return [merge.slice(0, at), merge.slice(at + 1)];
}

function lastCharacter(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  const pair = last >= 0xdc00 && last <= 0xdfff && text.length > 1;
  return (pair ? text.codePointAt(text.length - 2) : last) ?? last;
}

function inByteAlphabet(word: string): string {
  let text = '';
  for (const byte of Buffer.from(word, 'utf8')) text += CHARACTER_OF_BYTE[byte] ?? '';
  return text;
}

/** A slice would keep the whole text alive that it was cut from. */
function ownCopy(word: string): string {
  return Buffer.from(word, 'utf16le').toString('utf16le');
}
