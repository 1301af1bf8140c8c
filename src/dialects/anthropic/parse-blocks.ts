import type {
  MediaContent,
  ReasoningContent,
  TextContent,
  ToolCallContent,
  ToolResultContent,
} from '../../core/content.ts';
import { isObject, type Json } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';
import { ownedSignature } from '../wire/signature.ts';
import { parseCacheMark } from './parse-cache-mark.ts';
import { parseDocument, parseImage } from './parse-media.ts';
import { OWNER } from './owner.ts';

type Extras = Record<string, Json>;

/** Blocks that only this API has (search results, server tools, …) are kept whole among the extras. */
export function parseUserBlock(
  block: Fields,
  toolNames: ReadonlyMap<string, string>,
  extras: Extras,
): (TextContent | MediaContent | ToolResultContent)[] {
  if (block.string('type') !== 'tool_result') return parsePlainBlock(block, extras);
  const callId = block.string('tool_use_id');
  const result: ToolResultContent = {
    type: 'tool-result',
    callId,
    name: toolNames.get(callId) ?? '',
    content: parseResult(block, extras),
    isError: block.optionalBoolean('is_error') ?? false,
    ...parseCacheMark(block),
  };
  Object.assign(extras, block.rest());
  return [result];
}

function parseResult(block: Fields, extras: Extras): (TextContent | MediaContent)[] {
  const content = block.json('content');
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return block.items('content').flatMap((piece) => parsePlainBlock(piece, extras));
}

function parsePlainBlock(block: Fields, extras: Extras): (TextContent | MediaContent)[] {
  const parsed = plainBlock(block, extras);
  if (parsed.length === 0) extras[block.path] = block.whole();
  else Object.assign(extras, block.rest());
  return parsed;
}

function plainBlock(block: Fields, extras: Extras): (TextContent | MediaContent)[] {
  switch (block.string('type')) {
    case 'text':
      return [{ type: 'text', text: block.string('text'), ...parseCacheMark(block) }];
    case 'image':
      return [parseImage(block)];
    case 'document':
      return parseDocument(block, (piece) => parsePlainBlock(piece, extras));
    default:
      return [];
  }
}

export function parseAssistantBlock(
  block: Fields,
  toolNames: Map<string, string>,
  extras: Extras,
): (TextContent | MediaContent | ReasoningContent | ToolCallContent)[] {
  switch (block.string('type')) {
    case 'thinking':
      return [parseThinking(block)];
    case 'redacted_thinking':
      return [{ type: 'reasoning', text: '', redacted: ownedSignature(OWNER, block.string('data')) }];
    case 'tool_use': {
      const call = parseToolUse(block);
      toolNames.set(call.id, call.name);
      if (!isDirect(block.json('caller'))) extras[block.pathOf('caller')] = block.json('caller') ?? null;
      Object.assign(extras, block.rest());
      return [call];
    }
    default:
      return parsePlainBlock(block, extras);
  }
}

function parseThinking(block: Fields): ReasoningContent {
  const signature = block.optionalString('signature');
  return {
    type: 'reasoning',
    text: block.optionalString('thinking') ?? '',
    ...(signature && { signature: ownedSignature(OWNER, signature) }),
  };
}

function parseToolUse(block: Fields): ToolCallContent {
  return {
    type: 'tool-call',
    id: block.string('id'),
    name: block.string('name'),
    arguments: JSON.stringify(block.object('input').whole()),
    ...parseCacheMark(block),
  };
}

function isDirect(caller: Json | undefined): boolean {
  return caller === undefined || (isObject(caller) && caller['type'] === 'direct');
}
