import type { MediaContent, Message, TextContent, ToolResultContent } from '../../core/content.ts';
import { compact, type Json, type JsonObject } from '../../core/json.ts';
import { shortCallId } from '../openai/short-names.ts';
import type { Warnings } from '../wire/warnings.ts';
import { formatPart } from './format-content.ts';

/** A message with several tool results becomes several, for here each result is a message of its own. */
export function formatMessages(messages: readonly Message[], warnings: Warnings): JsonObject[] {
  return messages.flatMap((message, index) => {
    const path = `messages[${index}]`;
    switch (message.role) {
      case 'system':
        noteCacheMarks(message.content, warnings);
        return [{ role: 'system', content: formatContent(message.content, path) }];
      case 'user':
        noteCacheMarks(message.content, warnings);
        return formatUser(message.content, path, warnings);
      case 'assistant':
        noteCacheMarks(message.content, warnings);
        return [formatAssistant(message.content, warnings)];
    }
  });
}

/** A single text as a bare string, which every server takes. */
function formatContent(content: readonly (TextContent | MediaContent)[], path: string): Json {
  const [only] = content;
  if (!only) return '';
  if (content.length === 1 && only.type === 'text') return only.text;
  return content.map((item, index) => formatPart(item, `${path}.content[${index}]`));
}

/** Results come first, since they must follow the message with their calls. */
function formatUser(
  content: readonly (TextContent | MediaContent | ToolResultContent)[],
  path: string,
  warnings: Warnings,
): JsonObject[] {
  const results = content.filter((item) => item.type === 'tool-result');
  const moved = results.flatMap((result) => movedMedia(result, warnings));
  const said = content.filter((item) => item.type !== 'tool-result');
  const own = [...moved, ...said];
  return [
    ...results.map((result) => formatToolResult(result, path, warnings)),
    ...(own.length > 0 || results.length === 0 ? [{ role: 'user', content: formatContent(own, path) }] : []),
  ];
}

function formatToolResult(result: ToolResultContent, path: string, warnings: Warnings): JsonObject {
  if (result.isError) warnings.add('tool result error mark: chat completions have none');
  const texts = result.content.filter((item) => item.type === 'text');
  return { role: 'tool', tool_call_id: shortCallId(result.callId), content: formatContent(texts, path) };
}

/** Tool messages hold text alone: pictures and documents of a result go into the user message after it. */
function movedMedia(result: ToolResultContent, warnings: Warnings): (TextContent | MediaContent)[] {
  const media = result.content.filter((item) => item.type === 'media');
  if (media.length === 0) return [];
  warnings.add('media in tool results: chat completions take text alone there, sent in a user message');
  return [{ type: 'text', text: `Result of the tool call ${result.callId}:` }, ...media];
}

function formatAssistant(
  content: Extract<Message, { role: 'assistant' }>['content'],
  warnings: Warnings,
): JsonObject {
  const texts: TextContent[] = [];
  const calls: JsonObject[] = [];
  let thoughts = '';
  for (const item of content) {
    switch (item.type) {
      case 'text':
        texts.push(item);
        break;
      case 'tool-call':
        calls.push({
          id: shortCallId(item.id),
          type: 'function',
          function: { name: item.name, arguments: item.arguments },
        });
        break;
      case 'reasoning':
        // Thoughts without a proof come from open-weights servers, which take them back.
        if (item.signature === undefined && item.redacted === undefined) thoughts += item.text;
        else warnings.add('signed reasoning of earlier turns: chat completions cannot take it back');
        break;
      case 'media':
        warnings.add('media in assistant messages: chat completions take text alone there');
        break;
    }
  }
  return compact({
    role: 'assistant',
    content: texts.length === 0 && calls.length > 0 ? null : formatContent(texts, ''),
    // The former name is DeepSeek's, the latter the one that vLLM reads.
    ...(thoughts && { reasoning_content: thoughts, reasoning: thoughts }),
    tool_calls: calls.length > 0 ? calls : undefined,
  });
}

function noteCacheMarks(content: Message['content'], warnings: Warnings): void {
  if (content.some((item) => 'cache' in item && item.cache !== undefined))
    warnings.add('cache marks: the server decides by itself what it caches');
}
