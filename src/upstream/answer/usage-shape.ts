import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { UsagePart } from '../../core/part.ts';
import { type Usage, usageOf } from '../../core/usage.ts';

/** Reads what a body of an endpoint that we do not know says about its own cost, if in a shape that we do know. */
export function usageIn(body: JsonObject): UsagePart | null {
  const usage = isObject(body.usageMetadata)
    ? geminiUsage(body.usageMetadata)
    : isObject(body.usage)
      ? tokenUsage(body.usage, body)
      : null;
  if (!usage) return null;
  const { service_tier: serviceTier, model } = body;
  return {
    type: 'usage',
    usage,
    source: 'provider',
    ...(typeof serviceTier === 'string' && { serviceTier }),
    ...(typeof model === 'string' && { model }),
  };
}

function tokenUsage(usage: JsonObject, body: JsonObject): Usage | null {
  if ('cache_read_input_tokens' in usage || 'cache_creation_input_tokens' in usage)
    return anthropicUsage(usage);
  const input = usage.input_tokens ?? usage.prompt_tokens;
  const output = usage.output_tokens ?? usage.completion_tokens;
  if (!isCount(input) && !isCount(output)) return null;
  const read = details(usage, ['input_tokens_details', 'input_token_details', 'prompt_tokens_details']);
  const written = details(usage, [
    'output_tokens_details',
    'output_token_details',
    'completion_tokens_details',
  ]);
  const cacheRead = Math.min(count(read.cached_tokens), count(input));
  const only = onlyModality(body);
  return usageOf({
    input: count(input) - cacheRead,
    cacheRead,
    output: count(output),
    reasoning: count(written.reasoning_tokens),
    inputAudio: count(read.audio_tokens),
    inputImage: count(read.image_tokens),
    outputAudio: count(written.audio_tokens ?? (only === 'audio' ? output : 0)),
    outputImage: count(written.image_tokens ?? (only === 'image' ? output : 0)),
  });
}

/** Image and speech endpoints write nothing but images and speech, and do not always say so. */
function onlyModality(body: JsonObject): 'audio' | 'image' | null {
  const { type, data } = body;
  if (type === 'speech.audio.done') return 'audio';
  if (typeof type === 'string' && /^image_(?:generation|edit)\./.test(type)) return 'image';
  const [first] = Array.isArray(data) ? (data as readonly Json[]) : [];
  return isObject(first) && ('b64_json' in first || 'url' in first) ? 'image' : null;
}

function anthropicUsage(usage: JsonObject): Usage {
  const written = details(usage, ['cache_creation']);
  const cacheWrite1h = count(written.ephemeral_1h_input_tokens);
  return usageOf({
    input: count(usage.input_tokens),
    cacheRead: count(usage.cache_read_input_tokens),
    cacheWrite5m: Math.max(0, count(usage.cache_creation_input_tokens) - cacheWrite1h),
    cacheWrite1h,
    output: count(usage.output_tokens),
  });
}

function geminiUsage(usage: JsonObject): Usage {
  const cacheRead = Math.min(count(usage.cachedContentTokenCount), count(usage.promptTokenCount));
  const reasoning = count(usage.thoughtsTokenCount);
  return usageOf({
    input: count(usage.promptTokenCount) - cacheRead + count(usage.toolUsePromptTokenCount),
    cacheRead,
    output: count(usage.candidatesTokenCount) + reasoning,
    reasoning,
  });
}

function details(usage: JsonObject, names: readonly string[]): JsonObject {
  return names.map((name) => usage[name]).find(isObject) ?? {};
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function count(value: Json | undefined): number {
  return isCount(value) ? value : 0;
}
