import type { Json, JsonObject } from '../../../core/json.ts';
import { openAiToken, tokensOfText } from '../logprobs.ts';
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
  /** Null where the likelihood of tokens was not asked for. */
  readonly topLogprobs: number | null;
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
      logprobs: logprobsOf(scenario, meta),
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
  const chunk = (
    index: number,
    delta: JsonObject,
    finish: string | null = null,
    logprobs: JsonObject | null = null,
  ): string => {
    const choice = { index, delta, logprobs, finish_reason: finish };
    return sse({ ...envelope, choices: [choice], ...(meta.includeUsage && { usage: null as Json }) });
  };
  const chunks = range(meta.choices).flatMap((index) => [
    ...deltas(scenario, meta, flavour).map(([delta, logprobs]) => chunk(index, delta, null, logprobs)),
    chunk(index, {}, FINISH[scenario.finish]),
  ]);
  if (meta.includeUsage) chunks.push(sse({ ...envelope, choices: [], usage: flavour.usage(scenario.usage) }));
  return [...chunks, 'data: [DONE]\n\n'];
}

function deltas(
  scenario: Scenario,
  meta: ChatMeta,
  flavour: ChatFlavour,
): (readonly [delta: JsonObject, logprobs: JsonObject | null])[] {
  const { reasoning, text, toolCalls } = scenario;
  const { thought } = flavour;
  const silent = (delta: JsonObject) => [delta, null] as const;
  const said = text.map((content) => ({ content }));
  const tokens = logprobsOf(scenario, meta)?.content ?? [];
  return [
    silent({
      role: 'assistant',
      content: toolCalls.length > 0 && text.length === 0 ? null : '',
      refusal: null,
    }),
    ...(thought ? reasoning.map(thought).map(silent) : []),
    ...said.map((delta, index) => {
      const token = tokens[index];
      return [delta, token ? { content: [token], refusal: null } : null] as const;
    }),
    ...toolCalls
      .flatMap((call, index) => [
        toolDelta(index, {
          id: meta.toolIds[index] ?? '',
          type: 'function',
          function: { name: call.name, arguments: '' },
        }),
        ...slices(JSON.stringify(call.arguments)).map((piece) =>
          toolDelta(index, { function: { arguments: piece } }),
        ),
      ])
      .map(silent),
  ];
}

function logprobsOf(scenario: Scenario, { topLogprobs: top }: ChatMeta) {
  if (top === null) return null;
  return { content: tokensOfText(scenario).map((token) => openAiToken(token, top)), refusal: null };
}

function toolDelta(index: number, call: JsonObject): JsonObject {
  return { tool_calls: [{ index, ...call }] };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
