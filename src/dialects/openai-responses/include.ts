import type { JsonObject } from '../../core/json.ts';

/** The entry of `include` that asks how likely the tokens are. */
export const TOKEN_LOGPROBS = 'message.output_text.logprobs';

export function asksForLogprobs({ include }: JsonObject): boolean {
  return Array.isArray(include) && include.includes(TOKEN_LOGPROBS);
}
