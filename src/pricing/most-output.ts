/**
 * Published maxima of output tokens, by the beginning of the model's name; the first that fits counts. Only of models
 * whose maximum is small or whose providers refuse a higher `max_tokens`; others are not listed. None is above what the model
 * list of LiteLLM 1.110.2 (PyPI, November 2026) says.
 */
const MOST_OUTPUT: readonly (readonly [RegExp, number])[] = [
  [/^gpt-5-chat|^gpt-5\.\d-chat/, 16_384],
  [/^gpt-[5-9]/, 128_000],
  [/^gpt-audio/, 16_384],
  [/^computer-use/, 1_024],
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
  [/^gemini-(1|2\.0|exp|gemma)|^gemma-[1-3]|^learnlm/, 8_192],
  [/^gemma/, 32_768],
  [/^gemini-.*-tts/, 16_384],
  [/^gemini-omni-flash-preview/, 57_920],
  [/^gemini-.*computer-use/, 64_000],
  [/^gemini/, 65_535],
];

/** Most tokens that a model generates for one answer, or less, so that no provider refuses it; null when unknown. */
export function mostOutputTokens(model: string): number | null {
  const name = model.slice(model.lastIndexOf('/') + 1).replace(/^ft:/, '');
  return MOST_OUTPUT.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
