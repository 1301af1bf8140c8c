import type { JsonObject } from '../../../core/json.ts';
import { promptTokens } from '../../../core/usage.ts';
import type { Usage } from '../../../core/usage.ts';

/** Chat completions count cached tokens inside `prompt_tokens` and thoughts inside `completion_tokens`. */
export function chatUsage(usage: Usage): JsonObject {
  const prompt = promptTokens(usage);
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      audio_tokens: usage.inputAudio + usage.cacheReadAudio,
      ...writes(usage),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.outputAudio,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

export function responsesUsage(usage: Usage): JsonObject {
  const prompt = promptTokens(usage);
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: usage.cacheRead, ...writes(usage) },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: prompt + usage.output,
  };
}

/** Only the models that bill cache writes report them. */
function writes(usage: Usage): JsonObject {
  const written = usage.cacheWrite5m + usage.cacheWrite1h;
  return written > 0 ? { cache_write_tokens: written } : {};
}
