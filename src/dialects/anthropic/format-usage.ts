import { compact, type JsonObject } from '../../core/json.ts';
import type { UsagePart } from '../../core/part.ts';
import { NO_USAGE } from '../../core/usage.ts';

/** The counts that a `message_delta` may carry: all of them, since other providers know them only at the end. */
export function formatUsage(part: UsagePart | null): JsonObject {
  const usage = part?.usage ?? NO_USAGE;
  const hasWrites = usage.cacheWrite5m + usage.cacheWrite1h > 0;
  return compact({
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: hasWrites
      ? { ephemeral_5m_input_tokens: usage.cacheWrite5m, ephemeral_1h_input_tokens: usage.cacheWrite1h }
      : undefined,
    output_tokens: usage.output,
    output_tokens_details: usage.reasoning > 0 ? { thinking_tokens: usage.reasoning } : null,
    server_tool_use:
      usage.webSearches > 0 ? { web_search_requests: usage.webSearches, web_fetch_requests: 0 } : null,
  });
}

/** The `usage` of a whole message. */
export function formatMessageUsage(part: UsagePart | null): JsonObject {
  return {
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    ...formatUsage(part),
    service_tier: part?.serviceTier ?? null,
  };
}
