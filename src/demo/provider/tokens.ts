/** Characters that the simulated tokenizer packs into one token. */
export const CHARS_PER_TOKEN = 4;

/** Simulated tokens an image costs, whatever its size. */
export const IMAGE_TOKENS = 85;

/** Deterministic stand-in for a tokenizer: one token for every four characters begun. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}
