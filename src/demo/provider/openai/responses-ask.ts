import type { Ask } from '../ask.ts';
import { servedTier } from './chat-ask.ts';
import { reasons } from './models-that-reason.ts';
import type { ResponsesBody, ResponsesItem } from './responses-schema.ts';

/** Reads what a valid Responses request asks for. */
export function askOfResponses(body: ResponsesBody): Ask {
  const items: readonly ResponsesItem[] =
    typeof body.input === 'string' ? [{ type: 'message', role: 'user', content: body.input }] : body.input;
  const { tools = [] } = body;
  const format = body.text?.format;
  const system = items.filter(
    (item) => item.type === 'message' && item.role !== 'user' && item.role !== 'assistant',
  );
  const systemText = [body.instructions ?? '', ...system.map(textOf)].filter(Boolean).join('\n');
  const lastUser = items.findLast((item) => item.type === 'message' && item.role === 'user');
  const lastAnswer = items.findLastIndex((item) => item.type !== 'function_call_output');
  return {
    api: 'openai-responses',
    model: body.model,
    stream: body.stream ?? false,
    promptText:
      [body.instructions ?? '', ...items.map(textOf)].join('\n') +
      (tools.length > 0 ? JSON.stringify(tools) : ''),
    systemText,
    lastUserText: lastUser ? textOf(lastUser) : '',
    toolResults: items.slice(lastAnswer + 1).map(textOf),
    tools: tools.flatMap((tool) =>
      tool.type === 'function'
        ? [{ name: tool.name, schema: tool.parameters ?? { type: 'object', properties: {} } }]
        : [],
    ),
    toolChoice:
      typeof body.tool_choice === 'object' ? { name: body.tool_choice.name } : (body.tool_choice ?? 'auto'),
    parallelTools: body.parallel_tool_calls ?? true,
    schema: format?.type === 'json_schema' ? format.schema : null,
    jsonMode: format?.type === 'json_object',
    maxTokens: body.max_output_tokens ?? null,
    stop: [],
    images: items.flatMap(partsOf).filter(({ type }) => type === 'input_image').length,
    reasons: reasons(body.model) && body.reasoning?.effort !== 'none',
    serviceTier: servedTier(body.service_tier),
    cacheMarked: null,
  };
}

function partsOf(item: ResponsesItem): readonly { readonly type: string }[] {
  return item.type === 'message' && typeof item.content !== 'string' ? item.content : [];
}

function textOf(item: ResponsesItem): string {
  switch (item.type) {
    case 'message':
      return joined(item.content);
    case 'function_call':
      return `${item.name}(${item.arguments})`;
    case 'function_call_output':
      return joined(item.output);
    case 'reasoning':
      return item.summary.map(({ text }) => text).join('\n');
  }
}

function joined(content: string | readonly { readonly type: string }[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => ('text' in part && typeof part.text === 'string' ? part.text : '')).join('\n');
}
