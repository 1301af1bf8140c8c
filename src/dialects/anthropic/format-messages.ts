import type { TextContent } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Turn } from '../turns/turns.ts';
import { formatAssistantBlock, formatText, formatUserBlock } from './format-blocks.ts';

/** `system` as blocks, so that cache marks stay where they are; undefined when there is nothing to say. */
export function formatSystem(
  system: readonly TextContent[],
  instruction: string | undefined,
  warnings: string[],
): JsonObject[] | string | undefined {
  const blocks = system.flatMap((content) => formatText(content, warnings));
  if (instruction !== undefined) blocks.push({ type: 'text', text: instruction });
  if (blocks.length === 0) return undefined;
  const [first] = blocks;
  if (blocks.length === 1 && typeof first?.['text'] === 'string' && !first['cache_control'])
    return first['text'];
  return blocks;
}

/** Turns that are empty after what this API refuses is left out are left out with it. */
export function formatMessages(turns: readonly Turn[], warnings: string[]): JsonObject[] {
  return turns.flatMap((turn): JsonObject[] => {
    const content =
      turn.role === 'user'
        ? turn.content.flatMap((piece) => formatUserBlock(piece, warnings))
        : turn.content.flatMap((piece) => formatAssistantBlock(piece, warnings));
    return content.length > 0 ? [{ role: turn.role, content }] : [];
  });
}
