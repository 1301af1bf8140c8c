import type { Json, JsonObject } from '../../../core/json.ts';
import type { Scenario } from '../scenario.ts';
import { openAiToken, tokensOfText } from '../logprobs.ts';
import { ENCRYPTED } from './responses-rules.ts';
import type { ResponsesBody } from './responses-schema.ts';
import { responsesUsage } from './usage.ts';

export interface ResponsesMeta {
  readonly id: string;
  /** Epoch seconds. */
  readonly created: number;
  readonly body: ResponsesBody;
  readonly itemId: (prefix: string) => string;
}

export type MessageItem = {
  readonly id: string;
  readonly type: 'message';
  readonly status: string;
  readonly role: 'assistant';
  readonly content: readonly JsonObject[];
};
export type CallItem = {
  readonly id: string;
  readonly type: 'function_call';
  readonly status: string;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
};
export type ReasoningItem = {
  readonly id: string;
  readonly type: 'reasoning';
  readonly summary: readonly JsonObject[];
  readonly encrypted_content?: string;
};
export type OutputItem = MessageItem | CallItem | ReasoningItem;

/** The items of the answer: thoughts, message, calls. */
export function outputItems(scenario: Scenario, meta: ResponsesMeta): OutputItem[] {
  const { reasoning, text, toolCalls } = scenario;
  const items: OutputItem[] = [];
  if (reasoning.length > 0) items.push(reasoningItem(reasoning.join(''), meta));
  if (text.length > 0) {
    items.push({
      id: meta.itemId('msg_'),
      type: 'message',
      status: endedAs(scenario),
      role: 'assistant',
      content: [
        {
          type: 'output_text',
          text: text.join(''),
          annotations: [],
          logprobs: logprobsOf(scenario, meta.body),
        },
      ],
    });
  }
  for (const call of toolCalls) {
    items.push({
      id: meta.itemId('fc_'),
      type: 'function_call',
      status: 'completed',
      call_id: meta.itemId('call_').slice(0, 29),
      name: call.name,
      arguments: JSON.stringify(call.arguments),
    });
  }
  return items;
}

/** None where they were not asked for. */
export function logprobsOf(scenario: Scenario, { include, top_logprobs: top }: ResponsesBody) {
  if (!include?.includes('message.output_text.logprobs')) return [];
  return tokensOfText(scenario).map((token) => openAiToken(token, top ?? 0));
}

export function endedAs({ finish }: Scenario): 'completed' | 'incomplete' {
  return finish === 'length' || finish === 'content-filter' ? 'incomplete' : 'completed';
}

/** Thoughts are shown as a summary when one was asked for, and in an encrypted form when that was. */
function reasoningItem(thoughts: string, { itemId, body }: ResponsesMeta): ReasoningItem {
  const encrypted = body.include?.includes('reasoning.encrypted_content');
  return {
    id: itemId('rs_'),
    type: 'reasoning',
    summary: body.reasoning?.summary ? [{ type: 'summary_text', text: thoughts }] : [],
    ...(encrypted && { encrypted_content: `${ENCRYPTED}${Buffer.from(thoughts).toString('base64')}` }),
  };
}

/** The response object at one moment of its life. */
export function responseObject(
  scenario: Scenario,
  meta: ResponsesMeta,
  output: readonly OutputItem[],
  done: boolean,
): JsonObject {
  const { body } = meta;
  const ended = endedAs(scenario);
  const incomplete = ended === 'incomplete';
  return {
    id: meta.id,
    object: 'response',
    created_at: meta.created,
    status: done ? ended : 'in_progress',
    background: false,
    completed_at: done && !incomplete ? meta.created : null,
    error: null,
    incomplete_details:
      done && incomplete
        ? { reason: scenario.finish === 'length' ? 'max_output_tokens' : 'content_filter' }
        : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: null,
    model: body.model,
    output,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: done ? scenario.serviceTier : (body.service_tier ?? 'auto'),
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: {
      format: (body.text?.format ?? { type: 'text' }) as Json,
      verbosity: body.text?.verbosity ?? 'medium',
    },
    tool_choice: body.tool_choice ?? 'auto',
    tools: (body.tools ?? []) as Json,
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? 'disabled',
    usage: done ? responsesUsage(scenario.usage) : null,
    user: body.user ?? null,
    metadata: body.metadata ?? {},
  };
}
