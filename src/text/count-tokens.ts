export interface Counted {
  readonly tokens: number;
  readonly exact: boolean;
}

export interface CountLimits {
  /** Milliseconds after which the rest of a text is judged by what was counted of it. */
  readonly budgetMs: number;
  readonly now: () => number;
}

const SLICE = 65_536;
/** Encoding takes time quadratic in the length of a run that no rule of the encoding cuts. */
const LONGEST_RUN = 400;
const RUN_PIECE = 100;
/** A word's end before a space: no token of these encodings reaches over it, so that counts of both sides add up. */
const SEAM = /[\p{L}\p{N}]\s/u;
const RUNS = /[\p{L}\p{M}]+|[^\p{L}\p{N}]+/gu;

/**
 * Counts a text's tokens in linear time, whatever the text. `encode` counts those of a piece. The result is exact unless
 * the text has a run of letters, or of anything but letters and digits, that is too long to be encoded in one, or it was
 * cut where no word ends, or the time was up.
 */
export function countTokens(text: string, encode: (piece: string) => number, limits: CountLimits): Counted {
  const deadline = limits.now() + limits.budgetMs;
  let tokens = 0;
  let exact = true;
  let from = 0;
  while (from < text.length) {
    const { end, seam } = sliceEnd(text, from);
    const counted = countSlice(text.slice(from, end), encode);
    tokens += counted.tokens;
    exact = exact && seam && counted.exact;
    from = end;
    if (from < text.length && limits.now() > deadline)
      return { tokens: Math.ceil((tokens * text.length) / from), exact: false };
  }
  return { tokens, exact };
}

/** Tokens of a text that cannot be counted now: four bytes of UTF-8 each, which comes near for most languages. */
export function estimateTokens(text: string): Counted {
  return { tokens: Math.ceil(Buffer.byteLength(text) / 4), exact: false };
}

function sliceEnd(text: string, from: number): { readonly end: number; readonly seam: boolean } {
  const least = from + SLICE;
  if (least >= text.length) return { end: text.length, seam: true };
  const found = SEAM.exec(text.slice(least, least + SLICE));
  if (!found) return { end: least, seam: false };
  return { end: least + found.index + found[0].length - 1, seam: true };
}

function countSlice(slice: string, encode: (piece: string) => number): Counted {
  let tokens = 0;
  let from = 0;
  for (const { 0: run, index } of slice.matchAll(RUNS)) {
    if (run.length <= LONGEST_RUN) continue;
    if (index > from) tokens += encode(slice.slice(from, index));
    for (let at = 0; at < run.length; at += RUN_PIECE) tokens += encode(run.slice(at, at + RUN_PIECE));
    from = index + run.length;
  }
  const exact = from === 0;
  if (from < slice.length) tokens += encode(slice.slice(from));
  return { tokens, exact };
}
