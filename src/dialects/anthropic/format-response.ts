import type { Answer, AnswerContent } from '../../core/answer.ts';
import type { AnswerContext } from '../../core/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { clientSignature } from '../wire/signature.ts';
import { formatMessageUsage } from './format-usage.ts';
import { formatStop } from './map-stop-reason.ts';
import { OWNER } from './owner.ts';

export function formatResponse(answer: Answer, context: AnswerContext): JsonObject {
  return {
    ...messageSkeleton(context),
    content: answer.content.flatMap(formatBlock),
    ...formatStop(answer.finish),
    usage: formatMessageUsage(answer.usage),
  };
}

/** What a message is before anything is known of its content. */
export function messageSkeleton(context: AnswerContext): JsonObject {
  return {
    id: `msg_${context.callId.replaceAll('-', '')}`,
    type: 'message',
    role: 'assistant',
    model: context.requestedModel,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
  };
}

function formatBlock(block: AnswerContent): JsonObject[] {
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'reasoning':
      return formatReasoning(block.text, block.signature, block.redacted);
    case 'tool-call':
      return [{ type: 'tool_use', id: block.id, name: block.name, input: formatInput(block.arguments) }];
    case 'media':
      return [{ type: 'text', text: mediaNote(block.mediaType) }];
  }
}

/**
 * A thinking block and, where the provider hid some of it, a redacted one. A foreign signature without any text would only
 * leave an empty block, so it is left out.
 */
export function formatReasoning(
  text: string,
  signature: string | undefined,
  redacted: string | undefined,
): JsonObject[] {
  const blocks: JsonObject[] = [];
  const isOwn = signature?.startsWith(`${OWNER}:`) === true;
  if (text !== '' || isOwn)
    blocks.push({
      type: 'thinking',
      thinking: text,
      signature: signature === undefined ? '' : clientSignature(OWNER, signature),
    });
  if (redacted !== undefined)
    blocks.push({ type: 'redacted_thinking', data: clientSignature(OWNER, redacted) });
  return blocks;
}

/** An answer cut short may end within its arguments: then their text is kept under the key that Anthropic proposes. */
function formatInput(text: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const input: unknown = JSON.parse(text);
    if (isObject(input)) return input;
  } catch {
    // Not JSON: handled like JSON that is no object.
  }
  return { INVALID_JSON: text };
}

/** Messages have no place for generated media, and the headers are gone when it comes. */
export function mediaNote(mediaType: string): string {
  return `[The model answered with ${mediaType}, which the Messages API cannot carry.]`;
}
