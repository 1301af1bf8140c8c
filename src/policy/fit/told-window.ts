/** The numbers in a provider's refusal of a prompt. */
export interface ToldWindow {
  /** Tokens that fit in; null when it does not say. */
  readonly window: number | null;
  /** Tokens that it counted, those asked for the answer included where it counts them; null when it does not say. */
  readonly needed: number | null;
}

const NUMBER = String.raw`(\d[\d,_]{0,14})`;

const WINDOW = [
  `context length (?:is|of)(?: only)? ${NUMBER}`,
  `maximum model length of ${NUMBER}`,
  String.raw`context size \(${NUMBER} tokens\)`,
  String.raw`context length \(${NUMBER} tokens\)`,
  `n_ctx[^0-9]{1,4}${NUMBER}`,
  `${NUMBER} maximum context length`,
  String.raw`maximum number of tokens allowed \(?${NUMBER}`,
  `context limit: [^>]{1,60}> ${NUMBER}`,
  `> ${NUMBER} maximum`,
  `must be <= ${NUMBER}`,
].map(pattern);

const NEEDED = [
  String.raw`prompt is too long: ${NUMBER} tokens`,
  `messages resulted in ${NUMBER}`,
  `you requested(?: about)? ${NUMBER} tokens`,
  `requested a total of ${NUMBER}`,
  `you passed ${NUMBER} input tokens`,
  String.raw`request \(${NUMBER} tokens\)`,
  String.raw`(?:prompt|input) \((?:length )?${NUMBER}`,
  String.raw`input token count \(?${NUMBER}`,
  `prompt contains ${NUMBER}`,
  `input length and .max_tokens. exceed context limit: ${NUMBER}`,
  String.raw`Given: ${NUMBER}`,
].map(pattern);

/** Reads the numbers out of an error's words, as the usual providers and servers write them. */
export function toldWindow(message: string): ToldWindow {
  const text = message.slice(0, 2000);
  return { window: firstOf(WINDOW, text), needed: firstOf(NEEDED, text) };
}

function pattern(source: string): RegExp {
  return new RegExp(source, 'i');
}

function firstOf(patterns: readonly RegExp[], text: string): number | null {
  for (const each of patterns) {
    const digits = each.exec(text)?.[1];
    const value = digits === undefined ? Number.NaN : Number(digits.replaceAll(/[,_]/g, ''));
    if (Number.isSafeInteger(value) && value > 0) return value;
  }
  return null;
}
