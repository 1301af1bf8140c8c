/** GGUF's token types. */
const [UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE] = [2, 3, 4, 5, 6];

export interface Vocabulary {
  /** Every token's id; of tokens with the same text, the first. */
  readonly ids: Readonly<Record<string, number>>;
  /** Tokens that text is made of: not special, no bytes, not unused. */
  readonly pieces: ReadonlyMap<string, number>;
  /** `added_tokens` of a tokenizer.json: what is cut out of text before anything else. */
  readonly added: readonly AddedToken[];
  readonly unknown: string | null;
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: false;
  readonly lstrip: false;
  readonly rstrip: false;
  readonly normalized: false;
  readonly special: boolean;
}

export function vocabularyOf(tokens: readonly string[], types: ArrayLike<number> | undefined): Vocabulary {
  const ids = new Map<string, number>();
  const pieces = new Map<string, number>();
  const added: AddedToken[] = [];
  let unknown: string | null = null;
  for (const [id, text] of tokens.entries()) {
    if (ids.has(text)) continue;
    ids.set(text, id);
    const type = types?.[id] ?? 1;
    if (type === UNKNOWN) unknown ??= text;
    const special = type === CONTROL || type === UNKNOWN;
    if ((special || type === USER_DEFINED) && text !== '') {
      added.push({
        id,
        content: text,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special,
      });
    }
    if (!special && type !== UNUSED && type !== BYTE) pieces.set(text, id);
  }
  return { ids: Object.fromEntries(ids), pieces, added, unknown };
}
