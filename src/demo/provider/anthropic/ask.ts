import type { JsonObject } from '../../../core/json.ts';
import type { Ask } from '../ask.ts';
import { tokensOf } from '../tokens.ts';
import type { AnthropicBlock, AnthropicMessage, CountBody, MessagesBody } from './schema.ts';

interface Marked {
  readonly cache_control?: { readonly ttl?: '5m' | '1h' | undefined } | null | undefined;
}

/** Reads what a valid Messages request asks for. */
export function askOfMessages(body: CountBody | MessagesBody): Ask {
  const { messages, tools = [], tool_choice: choice, thinking } = body;
  const system = typeof body.system === 'string' ? body.system : (body.system ?? []).map(textOf).join('\n');
  const lastUser = messages.findLast((message) => message.role === 'user' && said(message) !== '');
  const last = messages.at(-1);
  const generates = 'max_tokens' in body;
  return {
    api: 'anthropic',
    model: body.model,
    stream: generates && (body.stream ?? false),
    promptText: promptOf(body),
    systemText: system,
    lastUserText: lastUser ? said(lastUser) : '',
    toolResults: last
      ? blocksOf(last)
          .filter(({ type }) => type === 'tool_result')
          .map(textOf)
      : [],
    tools: tools.map((tool) => ({ name: tool.name, schema: tool.input_schema as JsonObject })),
    toolChoice:
      choice?.type === 'tool'
        ? { name: choice.name }
        : choice?.type === 'any'
          ? 'required'
          : (choice?.type ?? 'auto'),
    parallelTools: !(choice && 'disable_parallel_tool_use' in choice && choice.disable_parallel_tool_use),
    schema: body.output_config?.format?.schema ?? null,
    jsonMode: false,
    maxTokens: generates ? body.max_tokens : null,
    stop: generates ? (body.stop_sequences ?? []) : [],
    images: messages.flatMap(blocksOf).filter(({ type }) => type === 'image').length,
    reasons: thinking?.type === 'enabled' || thinking?.type === 'adaptive',
    serviceTier: 'standard',
    cacheMarked: { '5m': marked(body, '5m'), '1h': marked(body, '1h') },
  };
}

function blocksOf({ content }: AnthropicMessage): readonly AnthropicBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function said(message: AnthropicMessage): string {
  return blocksOf(message)
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n');
}

function textOf(block: AnthropicBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'tool_use':
      return `${block.name}(${JSON.stringify(block.input)})`;
    case 'tool_result': {
      const { content } = block;
      if (typeof content === 'string') return content;
      return (content ?? []).map(textOf).join('\n');
    }
    case 'thinking':
      return block.thinking;
    case 'image':
    case 'document':
    case 'redacted_thinking':
      return '';
  }
}

/** The prompt in the order in which it is cached: tools, system, messages. */
function orderOf(body: CountBody | MessagesBody): { readonly text: string; readonly mark: Marked }[] {
  const system =
    typeof body.system === 'string' ? [{ type: 'text' as const, text: body.system }] : (body.system ?? []);
  return [
    ...(body.tools ?? []).map((tool) => ({ text: JSON.stringify(tool), mark: tool as Marked })),
    ...[...system, ...body.messages.flatMap(blocksOf)].map((block) => ({
      text: textOf(block),
      mark: block as Marked,
    })),
  ];
}

function promptOf(body: CountBody | MessagesBody): string {
  return orderOf(body)
    .map(({ text }) => text)
    .join('\n');
}

/** Tokens up to the last mark of that lifetime. */
function marked(body: CountBody | MessagesBody, lifetime: '5m' | '1h'): number {
  const order = orderOf(body);
  const last = order.findLastIndex(
    ({ mark }) => mark.cache_control && (mark.cache_control.ttl ?? '5m') === lifetime,
  );
  return last < 0
    ? 0
    : tokensOf(
        order
          .slice(0, last + 1)
          .map(({ text }) => text)
          .join('\n'),
      );
}
