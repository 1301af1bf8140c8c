import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { badRequest, unsupported } from './api-error.ts';
import type { ChatMessage, PromptCodec } from './codec.ts';
import { fieldsOf } from './fields.ts';
import { type Generation, MOST_ALTERNATIVES, parseCommon } from './generation.ts';
import { parseToolChoice, parseTools, toolName } from './parse-tools.ts';

export interface ChatRequest extends Generation {
  /** Names of the tools that the answer may call; empty when it may call none. */
  readonly toolNames: readonly string[];
}

const ROLES: Readonly<Record<string, string>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
};

/** A body of `/v1/chat/completions`. @throws ApiError */
export async function parseChat(body: JsonObject, codec: PromptCodec): Promise<ChatRequest> {
  const fields = fieldsOf(body);
  const common = parseCommon(body);
  const format = body['response_format'] ?? null;
  if (format !== null && !(isObject(format) && format['type'] === 'text'))
    throw unsupported(
      'response_format',
      'response_format: the engine writes plain text only ({"type": "text"}); it can not promise JSON.',
    );
  const wanted = fields.boolean('logprobs') ?? false;
  const alternatives = fields.integer('top_logprobs', 0, MOST_ALTERNATIVES);
  if (alternatives !== null && !wanted)
    throw badRequest('top_logprobs', 'top_logprobs needs "logprobs": true.');
  const tools = parseToolChoice(body) === 'none' ? [] : parseTools(body['tools']);
  const prompt = await codec.encodeChat(messagesOf(body['messages']), tools);
  return {
    ...common,
    prompts: [prompt],
    maxTokens: fields.integer('max_completion_tokens', 1, 2 ** 31 - 1) ?? common.maxTokens,
    logprobs: wanted ? (alternatives ?? 0) : null,
    toolNames: tools.map(toolName),
  };
}

function messagesOf(given: Json | undefined): ChatMessage[] {
  if (!Array.isArray(given) || given.length === 0)
    throw badRequest('messages', 'messages must be a list of at least one message.');
  return (given as readonly Json[]).map((message, index) => messageOf(message, `messages[${index}]`));
}

function messageOf(message: Json, param: string): ChatMessage {
  if (!isObject(message)) throw badRequest(param, `${param} must be an object.`);
  const given = message['role'];
  const role = typeof given === 'string' && Object.hasOwn(ROLES, given) ? ROLES[given] : undefined;
  if (role === undefined)
    throw badRequest(`${param}.role`, `${param}.role must be one of ${Object.keys(ROLES).join(', ')}.`);
  const calls = toolCallsOf(message['tool_calls'], `${param}.tool_calls`);
  const { name, tool_call_id: callId } = message;
  return {
    role,
    content: contentOf(message['content'], `${param}.content`, calls !== null),
    ...(typeof name === 'string' && { name }),
    ...(typeof callId === 'string' && { tool_call_id: callId }),
    ...(calls !== null && { tool_calls: calls }),
  };
}

/** Text, whole or in parts. Only a message that calls tools may have none. */
function contentOf(given: Json | undefined, param: string, optional: boolean): string {
  if (typeof given === 'string') return given;
  if ((given === undefined || given === null) && optional) return '';
  if (!Array.isArray(given)) throw badRequest(param, `${param} must be text or a list of text parts.`);
  return (given as readonly Json[])
    .map((part, index) => {
      if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string') return part['text'];
      if (isObject(part) && part['type'] === 'refusal' && typeof part['refusal'] === 'string')
        return part['refusal'];
      throw badRequest(
        `${param}[${index}]`,
        `${param}[${index}] must be {"type": "text", "text": …}; the engine reads text only.`,
      );
    })
    .join('');
}

/** Templates want the arguments of calls as objects; the API has them as text. */
function toolCallsOf(given: Json | undefined, param: string): JsonObject[] | null {
  if (given === undefined || given === null) return null;
  if (!Array.isArray(given)) throw badRequest(param, `${param} must be a list.`);
  return (given as readonly Json[]).map((call, index) => {
    const called = isObject(call) ? call['function'] : undefined;
    if (!isObject(call) || !isObject(called) || typeof called['name'] !== 'string')
      throw badRequest(`${param}[${index}]`, `${param}[${index}] must hold a function with a name.`);
    const text = called['arguments'];
    const made = {
      ...call,
      function: { ...called, arguments: argumentsOf(text, `${param}[${index}].function.arguments`) },
    };
    return made;
  });
}

function argumentsOf(text: Json | undefined, param: string): JsonObject {
  if (isObject(text)) return text;
  try {
    const value: unknown = JSON.parse(typeof text === 'string' && text !== '' ? text : '{}');
    if (isObject(value)) return value;
  } catch {
    // Told below.
  }
  throw badRequest(param, `${param} must be the text of a JSON object.`);
}
