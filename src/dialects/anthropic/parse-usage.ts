import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { UsagePart } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';

/** Counts that a later event may repeat as 0 or leave out, which does not take them back. */
const KEPT = [
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
] as const;

/**
 * The `usage` of a stream so far. Events report growing totals, so a later count replaces an earlier one: adding
 * `message_start` and `message_delta` together would bill the prompt twice.
 */
export function mergeUsage(known: JsonObject, next: JsonObject): JsonObject {
  const merged: Record<string, Json> = {};
  for (const [key, value] of [...Object.entries(known), ...Object.entries(next)])
    if (value !== undefined && value !== null) merged[key] = value;
  for (const key of KEPT) {
    const before = known[key];
    if (before !== undefined && before !== null && isNothing(merged[key])) merged[key] = before;
  }
  return merged;
}

function isNothing(value: Json | undefined): boolean {
  return isObject(value) ? Object.values(value).every((part) => count(part) === 0) : count(value) === 0;
}

/** https://docs.claude.com/en/api/messages: `input_tokens` are those outside the cache; `output_tokens` hold the thinking. */
export function parseUsage(wire: JsonObject, model: string | undefined): UsagePart {
  const writes = isObject(wire['cache_creation']) ? wire['cache_creation'] : {};
  const cacheWrite1h = count(writes['ephemeral_1h_input_tokens']);
  const written = Math.max(
    count(wire['cache_creation_input_tokens']),
    cacheWrite1h + count(writes['ephemeral_5m_input_tokens']),
  );
  const tools = isObject(wire['server_tool_use']) ? wire['server_tool_use'] : {};
  const details = isObject(wire['output_tokens_details']) ? wire['output_tokens_details'] : {};
  const compaction = compactionUsage(wire['iterations']);
  const output = count(wire['output_tokens']) + compaction.output;
  const serviceTier = wire['speed'] === 'fast' ? 'fast' : wire['service_tier'];
  return {
    type: 'usage',
    source: 'provider',
    usage: usageOf({
      input: count(wire['input_tokens']) + compaction.input,
      cacheRead: count(wire['cache_read_input_tokens']),
      cacheWrite5m: written - cacheWrite1h,
      cacheWrite1h,
      output,
      reasoning: Math.min(count(details['thinking_tokens']), output),
      webSearches: count(tools['web_search_requests']),
    }),
    ...(typeof serviceTier === 'string' && { serviceTier }),
    ...(model !== undefined && { model }),
  };
}

/** Compaction is billed like any other sampling, but the totals leave it out. */
function compactionUsage(iterations: Json | undefined): { input: number; output: number } {
  const sum = { input: 0, output: 0 };
  if (!Array.isArray(iterations)) return sum;
  for (const iteration of iterations as readonly Json[]) {
    if (!isObject(iteration) || iteration['type'] !== 'compaction') continue;
    sum.input += count(iteration['input_tokens']);
    sum.output += count(iteration['output_tokens']);
  }
  return sum;
}

function count(value: Json | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
