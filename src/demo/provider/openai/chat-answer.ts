import type { Json, JsonObject } from '../../../core/json.ts';
import type { Scenario } from '../scenario.ts';
import { slices } from '../words.ts';
import { sse } from '../wire.ts';

/** How a server that copies OpenAI's API differs from it. */
export interface ChatFlavour {
  readonly idPrefix: string;
  readonly toolIdPrefix: string;
  readonly usage: (usage: Scenario['usage']) => JsonObject;
  /** Further fields of a whole message and of every choice. */
  readonly message: (scenario: Scenario) => JsonObject;
  readonly choice: JsonObject;
  readonly envelope: JsonObject;
  /** The delta that carries a piece of the thoughts; null for servers that keep them to themselves. */
  readonly thought: ((text: string) => JsonObject) | null;
}

export interface ChatMeta {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly choices: number;
  readonly toolIds: readonly string[];
  /** The last event reports the usage, and every other one says `usage: null`. */
  readonly includeUsage: boolean;
}

const FINISH = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  pause: 'stop',
  other: 'stop',
} as const;

export function chatCompletion(scenario: Scenario, meta: ChatMeta, flavour: ChatFlavour): JsonObject {
  const { text, toolCalls, serviceTier } = scenario;
  const calls = toolCalls.map((call, index) => ({
    id: meta.toolIds[index] ?? '',
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  const message = {
    role: 'assistant',
    content: text.length > 0 ? text.join('') : null,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...flavour.message(scenario),
  };
  return {
    id: meta.id,
    object: 'chat.completion',
    created: meta.created,
    model: meta.model,
    choices: range(meta.choices).map((index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: FINISH[scenario.finish],
      ...flavour.choice,
    })),
    usage: flavour.usage(scenario.usage),
    ...flavour.envelope,
    ...('service_tier' in flavour.envelope && { service_tier: serviceTier }),
  };
}

export function chatChunks(scenario: Scenario, meta: ChatMeta, flavour: ChatFlavour): string[] {
  const envelope = {
    id: meta.id,
    object: 'chat.completion.chunk',
    created: meta.created,
    model: meta.model,
    ...flavour.envelope,
    ...('service_tier' in flavour.envelope && { service_tier: scenario.serviceTier }),
  };
  const chunk = (index: number, delta: JsonObject, finish: string | null = null): string => {
    const choice = { index, delta, logprobs: null, finish_reason: finish };
    return sse({ ...envelope, choices: [choice], ...(meta.includeUsage && { usage: null as Json }) });
  };
  const chunks = range(meta.choices).flatMap((index) => [
    ...deltas(scenario, meta, flavour).map((delta) => chunk(index, delta)),
    chunk(index, {}, FINISH[scenario.finish]),
  ]);
  if (meta.includeUsage) chunks.push(sse({ ...envelope, choices: [], usage: flavour.usage(scenario.usage) }));
  return [...chunks, 'data: [DONE]\n\n'];
}

function deltas(
  { reasoning, text, toolCalls }: Scenario,
  meta: ChatMeta,
  flavour: ChatFlavour,
): JsonObject[] {
  const { thought } = flavour;
  return [
    { role: 'assistant', content: toolCalls.length > 0 && text.length === 0 ? null : '', refusal: null },
    ...(thought ? reasoning.map(thought) : []),
    ...text.map((content) => ({ content })),
    ...toolCalls.flatMap((call, index) => [
      toolDelta(index, {
        id: meta.toolIds[index] ?? '',
        type: 'function',
        function: { name: call.name, arguments: '' },
      }),
      ...slices(JSON.stringify(call.arguments)).map((piece) =>
        toolDelta(index, { function: { arguments: piece } }),
      ),
    ]),
  ];
}

function toolDelta(index: number, call: JsonObject): JsonObject {
  return { tool_calls: [{ index, ...call }] };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
