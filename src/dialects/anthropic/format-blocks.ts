import type {
  Message,
  ReasoningContent,
  TextContent,
  ToolCallContent,
  ToolResultContent,
} from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import { compact, isObject, type JsonObject } from '../../core/json.ts';
import type { Placed } from '../prompt/turns.ts';
import { providerSignature } from '../wire/signature.ts';
import type { Warnings } from '../wire/warnings.ts';
import { cacheControl } from './format-cache-mark.ts';
import { formatMedia } from './format-media.ts';
import { OWNER, TITLE } from './owner.ts';

type UserContent = Extract<Message, { role: 'user' }>['content'][number];
type AssistantContent = Extract<Message, { role: 'assistant' }>['content'][number];

export function formatText(content: TextContent, warnings: Warnings): JsonObject[] {
  if (content.text.trim() === '') {
    if (content.text !== '') warnings.add(`text of white space alone: ${TITLE} takes none`);
    return [];
  }
  return [compact({ type: 'text', text: content.text, cache_control: cacheControl(content.cache) })];
}

export function formatUserBlock({ content, path }: Placed<UserContent>, warnings: Warnings): JsonObject[] {
  if (content.type === 'text') return formatText(content, warnings);
  return content.type === 'media'
    ? [formatMedia(content, path, warnings)]
    : [formatToolResult(content, path, warnings)];
}

function formatToolResult(result: ToolResultContent, path: string, warnings: Warnings): JsonObject {
  const content = result.content.flatMap((piece, index) =>
    piece.type === 'text'
      ? formatText(piece, warnings)
      : [formatMedia(piece, `${path}.content[${index}]`, warnings)],
  );
  return compact({
    type: 'tool_result',
    tool_use_id: formatCallId(result.callId, path),
    content: content.length > 0 ? content : undefined,
    is_error: result.isError || undefined,
    cache_control: cacheControl(result.cache),
  });
}

export function formatAssistantBlock(
  { content, path }: Placed<AssistantContent>,
  warnings: Warnings,
): JsonObject[] {
  switch (content.type) {
    case 'text':
      return formatText(content, warnings);
    case 'reasoning':
      return formatReasoning(content, path, warnings);
    case 'tool-call':
      return [formatToolUse(content, path)];
    case 'media':
      warnings.add(`${path}: ${TITLE} takes no media in the assistant's turns`);
      return [];
  }
}

/** Thinking is only taken back with the signature that it was given with. */
function formatReasoning(content: ReasoningContent, path: string, warnings: Warnings): JsonObject[] {
  const data = providerSignature(OWNER, content.redacted);
  const signature = providerSignature(OWNER, content.signature);
  const blocks: JsonObject[] = [];
  if (signature !== undefined) blocks.push({ type: 'thinking', thinking: content.text, signature });
  if (data !== undefined) blocks.push({ type: 'redacted_thinking', data });
  if (blocks.length === 0) warnings.add(`${path}: reasoning of another provider cannot be sent to ${TITLE}`);
  return blocks;
}

function formatToolUse(call: ToolCallContent, path: string): JsonObject {
  return compact({
    type: 'tool_use',
    id: formatCallId(call.id, path),
    name: call.name,
    input: parseArguments(call.arguments, path),
    cache_control: cacheControl(call.cache),
  });
}

function parseArguments(text: string, path: string): JsonObject {
  if (text.trim() === '') return {};
  const parsed = tryParse(text);
  if (isObject(parsed)) return parsed;
  throw new CallError(
    'invalid_request',
    `${path}.arguments must be the text of a JSON object: ${TITLE} takes no other arguments of a tool call.`,
    { param: path },
  );
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Ids may only hold letters, digits, `_` and `-`; any other character is written as its code, the same way each time. */
function formatCallId(id: string, path: string): string {
  if (id === '')
    throw new CallError('invalid_request', `${path} has no tool call id; ${TITLE} needs one.`, {
      param: path,
    });
  return id.replace(/[^a-zA-Z0-9_-]/g, (character) => `_${character.charCodeAt(0).toString(16)}`);
}
