import type { JsonObject } from '../../../core/json.ts';
import type { Ask } from '../ask.ts';
import type { ChatBody, ChatMessage } from './chat-schema.ts';
import { reasons } from './models-that-reason.ts';

/** Reads what a valid chat request asks for. */
export function askOfChat(body: ChatBody): Ask {
  const { messages, tools = [], response_format: format } = body;
  const lastUser = messages.findLast(({ role }) => role === 'user');
  const lastAnswer = messages.findLastIndex(({ role }) => role !== 'tool');
  return {
    api: 'openai-chat',
    model: body.model,
    stream: body.stream ?? false,
    promptText: messages.map(textOf).join('\n') + (tools.length > 0 ? JSON.stringify(tools) : ''),
    systemText: messages
      .filter(({ role }) => role === 'system' || role === 'developer')
      .map(textOf)
      .join('\n'),
    lastUserText: lastUser ? textOf(lastUser) : '',
    toolResults: messages.slice(lastAnswer + 1).map(textOf),
    tools: tools.map((tool) => ({
      name: tool.function.name,
      schema: (tool.function.parameters ?? { type: 'object', properties: {} }) as JsonObject,
    })),
    toolChoice: choiceOf(body.tool_choice),
    parallelTools: body.parallel_tool_calls ?? true,
    schema: format?.type === 'json_schema' ? (format.json_schema.schema ?? null) : null,
    jsonMode: format?.type === 'json_object',
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? null,
    stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
    images: messages.flatMap(partsOf).filter(({ type }) => type === 'image_url').length,
    reasons: reasons(body.model) && body.reasoning_effort !== 'none',
    serviceTier: servedTier(body.service_tier),
    cacheMarked: null,
  };
}

/** `auto` is served by the default tier here; the others are served as asked. */
export function servedTier(asked: string | null | undefined): string {
  return !asked || asked === 'auto' ? 'default' : asked;
}

function textOf(message: ChatMessage): string {
  const said =
    typeof message.content === 'string'
      ? message.content
      : partsOf(message)
          .map((part) => ('text' in part && typeof part.text === 'string' ? part.text : ''))
          .join('\n');
  const calls = message.role === 'assistant' && message.tool_calls ? JSON.stringify(message.tool_calls) : '';
  return said + calls;
}

function partsOf({ content }: ChatMessage): readonly { readonly type: string }[] {
  return Array.isArray(content) ? content : [];
}

function choiceOf(choice: ChatBody['tool_choice']): Ask['toolChoice'] {
  return typeof choice === 'object' ? { name: choice.function.name } : (choice ?? 'auto');
}
