import type { Message, TextContent } from '../../core/content.ts';
import type { Json } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';
import { parseAssistantBlock, parseUserBlock } from './parse-blocks.ts';
import { parseCacheMark } from './parse-cache-mark.ts';

/** The top-level `system`: a string, or text blocks. */
export function parseSystem(fields: Fields, extras: Record<string, Json>): Message[] {
  const content = textBlocks(fields, 'system', extras);
  return content.length > 0 ? [{ role: 'system', content }] : [];
}

export function parseMessages(fields: Fields, extras: Record<string, Json>): Message[] {
  fields.array('messages');
  const toolNames = new Map<string, string>();
  return fields.items('messages').map((message): Message => {
    const role = message.optionalOneOf('role', ['user', 'assistant', 'system']);
    if (role === undefined) throw message.wrong('role', 'user, assistant or system');
    const parsed = parseMessage(message, role, toolNames, extras);
    Object.assign(extras, message.rest());
    return parsed;
  });
}

function parseMessage(
  message: Fields,
  role: Message['role'],
  toolNames: Map<string, string>,
  extras: Record<string, Json>,
): Message {
  const content = message.json('content');
  if (content === undefined) throw message.wrong('content', 'a string or an array of blocks');
  if (role === 'system') return { role, content: textBlocks(message, 'content', extras) };
  if (typeof content === 'string') return { role, content: [{ type: 'text', text: content }] };
  const blocks = message.items('content');
  return role === 'user'
    ? { role, content: blocks.flatMap((block) => parseUserBlock(block, toolNames, extras)) }
    : { role, content: blocks.flatMap((block) => parseAssistantBlock(block, toolNames, extras)) };
}

function textBlocks(fields: Fields, key: string, extras: Record<string, Json>): TextContent[] {
  const value = fields.json(key);
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  return fields.items(key).flatMap((block): TextContent[] => {
    if (block.string('type') !== 'text') {
      extras[block.path] = block.whole();
      return [];
    }
    const text: TextContent = { type: 'text', text: block.string('text'), ...parseCacheMark(block) };
    Object.assign(extras, block.rest());
    return [text];
  });
}
