import type { TextContent } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Turn } from '../prompt/turns.ts';
import type { Warnings } from '../wire/warnings.ts';
import { TITLE } from './owner.ts';
import { formatAssistantBlock, formatText, formatUserBlock } from './format-blocks.ts';

/** `system` as blocks, so that cache marks stay where they are; undefined when there is nothing to say. */
export function formatSystem(
  system: readonly TextContent[],
  instruction: string | undefined,
  warnings: Warnings,
): JsonObject[] | string | undefined {
  const blocks = system.flatMap((content) => formatText(content, warnings));
  if (instruction !== undefined) blocks.push({ type: 'text', text: instruction });
  if (blocks.length === 0) return undefined;
  const [first] = blocks;
  if (blocks.length === 1 && typeof first?.['text'] === 'string' && !first['cache_control'])
    return first['text'];
  return blocks;
}

/**
 * Turns that are empty after what this API refuses is left out are left out with it. The user speaks
 * first, and an answer to be continued does not end in white space.
 */
export function formatMessages(turns: readonly Turn[], warnings: Warnings): JsonObject[] {
  const messages = turns.flatMap((turn): JsonObject[] => {
    const content =
      turn.role === 'user'
        ? turn.content.flatMap((piece) => formatUserBlock(piece, warnings))
        : turn.content.flatMap((piece) => formatAssistantBlock(piece, warnings));
    return content.length > 0 ? [{ role: turn.role, content }] : [];
  });
  if (messages[0]?.['role'] === 'assistant') {
    warnings.add(`messages[0]: ${TITLE} lets the user speak first, so a user turn was put before it`);
    messages.unshift({ role: 'user', content: [{ type: 'text', text: '(The assistant speaks first.)' }] });
  }
  return withoutSpaceAtEnd(messages, warnings);
}

function withoutSpaceAtEnd(messages: JsonObject[], warnings: Warnings): JsonObject[] {
  const last = messages.at(-1);
  const blocks = last?.['role'] === 'assistant' ? (last['content'] as readonly JsonObject[]) : [];
  const end = blocks.at(-1);
  if (!last || typeof end?.['text'] !== 'string') return messages;
  const text = end['text'].trimEnd();
  if (text === end['text']) return messages;
  warnings.add(`the last message: ${TITLE} continues no answer that ends in white space, which was cut off`);
  return [...messages.slice(0, -1), { ...last, content: [...blocks.slice(0, -1), { ...end, text }] }];
}
