import type { AnswerContext } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { UsagePart } from '../../core/part.ts';
import { formatUsage } from './usage.ts';

/** What changes while a response comes into being. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete';
  readonly incomplete_details: JsonObject | null;
  readonly model: string;
  readonly output: readonly JsonObject[];
  readonly usage: UsagePart | null;
}

/** The response object with every field that clients' schemas know; what was asked stands in it as it was asked. */
export function responseObject(context: AnswerContext, state: ResponseState): JsonObject {
  const { body } = context;
  const createdAt = Math.floor(context.createdAt / 1000);
  return {
    id: `resp_${context.callId.replaceAll('-', '')}`,
    object: 'response',
    created_at: createdAt,
    status: state.status,
    background: false,
    completed_at: state.status === 'completed' ? createdAt : null,
    error: null,
    incomplete_details: state.incomplete_details,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    model: state.model,
    output: state.output,
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: body['reasoning'] ?? { effort: null, summary: null },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: state.usage?.serviceTier ?? null,
    store: false,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: body['top_logprobs'] ?? 0,
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    usage: state.usage && formatUsage(state.usage.usage),
    user: body['user'] ?? null,
    metadata: body['metadata'] ?? {},
  };
}
