import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { UsagePart } from '../../core/part.ts';
import { type Usage, usageOf } from '../../core/usage.ts';
import { count, formatTokens, objectOf, parseTokens } from '../openai/usage.ts';

/** The usage of a response object, null while it has none. */
export function parseUsage(response: JsonObject): UsagePart | null {
  const { usage, service_tier, model, output } = response;
  if (!isObject(usage)) return null;
  const tokens = parseTokens({
    prompt: count(usage['input_tokens']),
    promptDetails: objectOf(usage['input_tokens_details']),
    output: count(usage['output_tokens']),
    outputDetails: objectOf(usage['output_tokens_details']),
  });
  return {
    type: 'usage',
    usage: usageOf({ ...tokens, ...parseToolFees(output) }),
    source: 'provider',
    ...(typeof service_tier === 'string' && { serviceTier: service_tier }),
    ...(typeof model === 'string' && { model }),
  };
}

/** Provider-side tools are billed by the call. Of what the web tool does, only searches are. */
function parseToolFees(output: Json | undefined): Partial<Usage> {
  const items: readonly Json[] = Array.isArray(output) ? output : [];
  const ofType = (type: string): JsonObject[] =>
    items.filter(isObject).filter((item) => item['type'] === type);
  const searches = ofType('web_search_call').filter(
    ({ action }) => !isObject(action) || action['type'] === 'search',
  );
  return { webSearches: searches.length, fileSearches: ofType('file_search_call').length };
}

export function formatUsage(usage: Usage): JsonObject {
  const { prompt, promptDetails, output, outputDetails } = formatTokens(usage);
  return {
    input_tokens: prompt,
    input_tokens_details: promptDetails,
    output_tokens: output,
    output_tokens_details: outputDetails,
    total_tokens: prompt + output,
  };
}
