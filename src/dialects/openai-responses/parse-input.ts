import type {
  MediaContent,
  Message,
  ReasoningContent,
  TextContent,
  ToolCallContent,
  ToolResultContent,
} from '../../core/content.ts';
import type { ExtrasCollector } from '../wire/collect-extras.ts';
import type { Fields } from '../wire/fields.ts';
import { parseEncrypted } from './encrypted-content.ts';
import { parseContent, parseTextContent } from './parse-content.ts';

const ROLES = ['system', 'developer', 'user', 'assistant'] as const;

type UserContent = TextContent | MediaContent | ToolResultContent;
type AssistantContent = TextContent | MediaContent | ReasoningContent | ToolCallContent;

/** `input`: a string, or items of which those of one speaker in a row become one message. */
export function parseInput(body: Fields, extras: ExtrasCollector): Message[] {
  const input = body.json('input');
  if (typeof input === 'string') return [{ role: 'user', content: [{ type: 'text', text: input }] }];
  if (input !== undefined && !Array.isArray(input))
    throw body.wrong('input', 'a string or an array of items');
  const messages: Message[] = [];
  const calls = new Map<string, string>();
  for (const item of body.items('input')) {
    const message = parseItem(item, calls, extras);
    if (message) append(messages, message);
  }
  return messages;
}

function parseItem(item: Fields, calls: Map<string, string>, extras: ExtrasCollector): Message | null {
  // Marks of earlier answers, which say nothing to a model.
  for (const key of ['id', 'status', 'phase']) item.json(key);
  const message = knownItem(item, calls, extras);
  if (message) extras.keepRest(item);
  else if (isStoredReasoning(item)) extras.keep(`${item.path}.id`, item.json('id') ?? null);
  else extras.keep(item.path, item.whole());
  return message;
}

/** A reference to earlier thoughts, without which the conversation is still whole. */
function isStoredReasoning(item: Fields): boolean {
  return item.json('type') === 'item_reference' && (item.optionalString('id')?.startsWith('rs_') ?? false);
}

function knownItem(item: Fields, calls: Map<string, string>, extras: ExtrasCollector): Message | null {
  switch (item.optionalString('type') ?? 'message') {
    case 'message':
      return parseMessage(item, extras);
    case 'function_call':
      return { role: 'assistant', content: [parseFunctionCall(item, calls)] };
    case 'function_call_output':
      return { role: 'user', content: [parseFunctionResult(item, calls, extras)] };
    case 'reasoning':
      return { role: 'assistant', content: [parseReasoning(item)] };
    default:
      return null;
  }
}

function parseMessage(item: Fields, extras: ExtrasCollector): Message {
  const role = item.optionalOneOf('role', ROLES);
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: parseTextContent(item, extras) };
    case 'user':
    case 'assistant':
      return { role, content: parseContent(item, 'content', extras) };
    case undefined:
      throw item.wrong('role', `one of ${ROLES.join(', ')}`);
  }
}

function parseFunctionCall(item: Fields, calls: Map<string, string>): ToolCallContent {
  const id = item.string('call_id');
  const name = item.string('name');
  calls.set(id, name);
  return { type: 'tool-call', id, name, arguments: item.string('arguments') };
}

function parseFunctionResult(
  item: Fields,
  calls: ReadonlyMap<string, string>,
  extras: ExtrasCollector,
): ToolResultContent {
  const callId = item.string('call_id');
  return {
    type: 'tool-result',
    callId,
    name: calls.get(callId) ?? '',
    content: parseContent(item, 'output', extras),
    isError: false,
  };
}

function parseReasoning(item: Fields): ReasoningContent {
  return {
    type: 'reasoning',
    text: reasoningText(item),
    ...parseEncrypted(item.optionalString('id') ?? '', item.optionalString('encrypted_content')),
  };
}

/** The thoughts themselves where a server shows them, else their summary. */
export function reasoningText(item: Fields): string {
  const texts = (key: string): string[] => item.items(key).map((part) => part.string('text'));
  const summary = texts('summary').join('\n\n');
  return texts('content').join('') || summary;
}

function append(messages: Message[], message: Message): void {
  const last = messages.at(-1);
  if (last?.role === 'assistant' && message.role === 'assistant') {
    const content: AssistantContent[] = [...last.content, ...message.content];
    messages[messages.length - 1] = { role: 'assistant', content };
  } else if (
    last?.role === 'user' &&
    message.role === 'user' &&
    isResults(last.content) &&
    isResults(message.content)
  ) {
    messages[messages.length - 1] = { role: 'user', content: [...last.content, ...message.content] };
  } else messages.push(message);
}

function isResults(content: readonly UserContent[]): boolean {
  return content.every((item) => item.type === 'tool-result');
}
