const SPACE = 0x20;

/**
 * Text of one sequence as its tokens come. What was pushed and flushed, joined, is the text of all tokens at once:
 * bytes that are not yet a whole character are held back (three at most), bytes that are none become U+FFFD.
 */
export class Detokenizer {
  readonly #bytesOf: (id: number) => Uint8Array;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #dropSpace: boolean;

  /** @param dropSpace whether a space at the very beginning is no part of the text */
  constructor(bytesOf: (id: number) => Uint8Array, dropSpace: boolean) {
    this.#bytesOf = bytesOf;
    this.#dropSpace = dropSpace;
  }

  /** The text that became certain with this token; may be empty. */
  push(id: number): string {
    let bytes = this.#bytesOf(id);
    if (bytes.length === 0) return '';
    if (this.#dropSpace && bytes[0] === SPACE) bytes = bytes.subarray(1);
    this.#dropSpace = false;
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** What is held back, when no more tokens come. */
  flush(): string {
    return this.#decoder.decode();
  }
}
