/**
 * Published maxima of output tokens, by the beginning of the model's name; the first that fits counts. Only of models
 * whose maximum is small or whose providers refuse a higher `max_tokens`; others are not listed.
 */
const MOST_OUTPUT: readonly (readonly [RegExp, number])[] = [
  [/^gpt-5-chat|^gpt-5\.\d-chat/, 16_384],
  [/^gpt-5/, 128_000],
  [/^gpt-4\.1/, 32_768],
  [/^gpt-4o-2024-05-13/, 4_096],
  [/^(chat)?gpt-4o/, 16_384],
  [/^gpt-4-turbo|^gpt-4-(1106|0125)/, 4_096],
  [/^gpt-4(-|$)/, 2_048],
  [/^gpt-3\.5/, 4_096],
  [/^o1-preview/, 32_768],
  [/^o1-mini/, 65_536],
  [/^o[134]/, 100_000],
  [/^claude-3-(opus|sonnet|haiku)/, 4_096],
  [/^claude-3-5/, 8_192],
  [/^claude/, 32_000],
  [/^gemini-(1|2\.0)/, 8_192],
  [/^gemini/, 65_535],
];

/** Most tokens that a model generates for one answer, or less, so that no provider refuses it; null when unknown. */
export function mostOutputTokens(model: string): number | null {
  const name = model.slice(model.lastIndexOf('/') + 1);
  return MOST_OUTPUT.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
