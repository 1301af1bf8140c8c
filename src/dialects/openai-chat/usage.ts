import { isObject, type JsonObject } from '../../core/json.ts';
import type { UsagePart } from '../../core/part.ts';
import { type Usage, usageOf } from '../../core/usage.ts';
import { count, formatTokens, objectOf, parseTokens } from '../openai/usage.ts';

/** The usage of a whole answer or of a chunk, null when it has none. */
export function parseUsage(body: JsonObject): UsagePart | null {
  const { usage, service_tier, model } = body;
  if (!isObject(usage)) return null;
  const details = objectOf(usage['prompt_tokens_details']);
  const outputDetails = objectOf(usage['completion_tokens_details']);
  const prompt = count(usage['prompt_tokens']);
  const tokens = parseTokens({
    prompt,
    // DeepSeek's name for the cached part of the prompt.
    promptDetails: { cached_tokens: usage['prompt_cache_hit_tokens'], ...details },
    output: outputTokens(usage, prompt, count(outputDetails['reasoning_tokens'])),
    outputDetails,
  });
  return {
    type: 'usage',
    usage: usageOf(tokens),
    source: 'provider',
    ...(typeof service_tier === 'string' && { serviceTier: service_tier }),
    ...(typeof model === 'string' && { model }),
  };
}

/** OpenAI counts reasoning among the completion tokens; xAI adds it only to the total. */
function outputTokens(usage: JsonObject, prompt: number, reasoning: number): number {
  const completion = count(usage['completion_tokens']);
  const isApart = reasoning > 0 && count(usage['total_tokens']) === prompt + completion + reasoning;
  return isApart ? completion + reasoning : completion;
}

export function formatUsage(usage: Usage): JsonObject {
  const { prompt, promptDetails, output, outputDetails } = formatTokens(usage);
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: promptDetails,
    completion_tokens_details: outputDetails,
  };
}
