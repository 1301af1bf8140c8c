import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { promptTokens, type Usage } from '../../core/usage.ts';

/** The token counts of either API under common names. */
interface TokenCounts {
  readonly prompt: number;
  readonly promptDetails: JsonObject;
  readonly output: number;
  readonly outputDetails: JsonObject;
}

/**
 * OpenAI's counts nest: its prompt count includes cached and cache-written tokens, ours partition.
 * A server that reports more cached than prompt tokens is read as an input of zero, never less.
 */
export function parseTokens({ prompt, promptDetails, output, outputDetails }: TokenCounts): Partial<Usage> {
  const cacheRead = count(promptDetails['cached_tokens']);
  const cacheWrite5m = count(promptDetails['cache_write_tokens']);
  const input = Math.max(0, prompt - cacheRead - cacheWrite5m);
  return {
    input,
    cacheRead,
    cacheWrite5m,
    output,
    reasoning: Math.min(output, count(outputDetails['reasoning_tokens'])),
    inputAudio: Math.min(input, count(promptDetails['audio_tokens'])),
    inputImage: Math.min(input, count(promptDetails['image_tokens'])),
    outputAudio: Math.min(output, count(outputDetails['audio_tokens'])),
    outputImage: Math.min(output, count(outputDetails['image_tokens'])),
  };
}

/** A whole number of tokens; whatever else a server writes there is 0. */
export function count(value: Json | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** The nested counts of a usage of ours. */
export function formatTokens(usage: Usage): TokenCounts {
  const { cacheRead, cacheWrite5m, cacheWrite1h, inputAudio, output, reasoning, outputAudio } = usage;
  return {
    prompt: promptTokens(usage),
    promptDetails: {
      cached_tokens: cacheRead,
      cache_write_tokens: cacheWrite5m + cacheWrite1h,
      ...(inputAudio > 0 && { audio_tokens: inputAudio }),
    },
    output,
    outputDetails: { reasoning_tokens: reasoning, ...(outputAudio > 0 && { audio_tokens: outputAudio }) },
  };
}
