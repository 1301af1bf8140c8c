import type { JsonObject } from '../../../core/json.ts';
import type { Usage } from '../../../core/usage.ts';
import type { Scenario } from '../scenario.ts';
import { slices } from '../words.ts';
import { sse } from '../wire.ts';
import { SIGNATURE } from './rules.ts';

export interface MessageMeta {
  readonly id: string;
  readonly model: string;
  readonly toolIds: readonly string[];
}

const STOP = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
} as const;

/** Input counts leave out cached tokens here; both lifetimes of cache writes stand beside their sum. */
export function messageUsage(usage: Usage, serviceTier: string | null): JsonObject {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: usage.output,
    ...(usage.webSearches > 0 && { server_tool_use: { web_search_requests: usage.webSearches } }),
    service_tier: serviceTier,
    ...(usage.reasoning > 0 && { output_tokens_details: { thinking_tokens: usage.reasoning } }),
  };
}

export function message(scenario: Scenario, meta: MessageMeta): JsonObject {
  return envelope(meta, {
    content: blocksOf(scenario, meta),
    stop_reason: stopReason(scenario),
    stop_sequence: scenario.stopSequence,
    usage: messageUsage(scenario.usage, scenario.serviceTier),
  });
}

function stopReason({ finish, stopSequence }: Scenario): string {
  return stopSequence === null ? STOP[finish] : 'stop_sequence';
}

function envelope({ model, id }: MessageMeta, rest: JsonObject): JsonObject {
  return { model, id, type: 'message', role: 'assistant', ...rest };
}

function signatureOf(thoughts: string): string {
  return SIGNATURE + Buffer.from(thoughts).toString('base64').slice(0, 64);
}

function blocksOf({ reasoning, text, toolCalls }: Scenario, meta: MessageMeta): JsonObject[] {
  const thoughts = reasoning.join('');
  return [
    ...(thoughts ? [{ type: 'thinking', thinking: thoughts, signature: signatureOf(thoughts) }] : []),
    ...(text.length > 0 ? [{ type: 'text', text: text.join('') }] : []),
    ...toolCalls.map((call, index) => ({
      type: 'tool_use',
      id: meta.toolIds[index] ?? '',
      name: call.name,
      input: call.arguments,
    })),
  ];
}

/** The events of a streamed message: usage of the prompt comes first, that of the answer last and cumulative. */
export function messageEvents(scenario: Scenario, meta: MessageMeta): string[] {
  const { usage, serviceTier } = scenario;
  const begun = { ...messageUsage({ ...usage, output: 1, reasoning: 0 }, serviceTier) };
  const start = envelope(meta, { content: [], stop_reason: null, stop_sequence: null, usage: begun });
  const { service_tier: _, cache_creation: __, ...ended } = messageUsage(usage, serviceTier);
  return [
    event({ type: 'message_start', message: start }),
    event({ type: 'ping' }),
    ...blocksOf(scenario, meta).flatMap((block, index) => blockEvents(block, index, scenario)),
    event({
      type: 'message_delta',
      delta: { stop_reason: stopReason(scenario), stop_sequence: scenario.stopSequence },
      usage: ended,
    }),
    event({ type: 'message_stop' }),
  ];
}

function event(data: JsonObject & { readonly type: string }): string {
  return sse(data, data.type);
}

function blockEvents(block: JsonObject, index: number, scenario: Scenario): string[] {
  const deltas = deltasOf(block, scenario);
  return [
    event({ type: 'content_block_start', index, content_block: opened(block) }),
    ...deltas.map((delta) => event({ type: 'content_block_delta', index, delta })),
    event({ type: 'content_block_stop', index }),
  ];
}

function opened(block: JsonObject): JsonObject {
  switch (block['type']) {
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'tool_use':
      return { ...block, input: {} };
    default:
      return { type: 'text', text: '' };
  }
}

function deltasOf(block: JsonObject, { reasoning, text }: Scenario): JsonObject[] {
  switch (block['type']) {
    case 'thinking':
      return [
        ...reasoning.map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block['signature'] ?? '' },
      ];
    case 'tool_use':
      return ['', ...slices(JSON.stringify(block['input']))].map((partial) => ({
        type: 'input_json_delta',
        partial_json: partial,
      }));
    default:
      return text.map((one) => ({ type: 'text_delta', text: one }));
  }
}
