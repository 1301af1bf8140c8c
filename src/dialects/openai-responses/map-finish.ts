import { isObject, type JsonObject } from '../../core/json.ts';
import type { FinishPart, FinishReason } from '../../core/part.ts';

/** The finish of a response that is no longer in progress. */
export function parseFinish(response: JsonObject, hasToolCalls: boolean): FinishPart {
  return { type: 'finish', reason: reasonOf(response, hasToolCalls) };
}

function reasonOf(response: JsonObject, hasToolCalls: boolean): FinishReason {
  const { status, incomplete_details } = response;
  if (status === 'completed') return hasToolCalls ? 'tool-calls' : 'stop';
  if (status !== 'incomplete' || !isObject(incomplete_details)) return 'other';
  switch (incomplete_details['reason']) {
    case 'max_output_tokens':
      return 'length';
    case 'content_filter':
      return 'content-filter';
    default:
      return 'other';
  }
}

/** How a response with this finish says so. */
export function formatFinish(reason: FinishReason): {
  readonly status: 'completed' | 'incomplete';
  readonly incomplete_details: JsonObject | null;
} {
  switch (reason) {
    case 'length':
      return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    case 'content-filter':
      return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    case 'stop':
    case 'tool-calls':
    case 'pause':
    case 'other':
      return { status: 'completed', incomplete_details: null };
  }
}
