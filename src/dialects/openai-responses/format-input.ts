import type {
  MediaContent,
  Message,
  ReasoningContent,
  TextContent,
  ToolResultContent,
} from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import { shortCallId } from '../openai/short-names.ts';
import type { Warnings } from '../wire/warnings.ts';
import { providerProof } from './encrypted-content.ts';
import { formatContent } from './format-content.ts';

/** Messages as input items: calls, results and thoughts are items of their own. */
export function formatInput(messages: readonly Message[], warnings: Warnings): JsonObject[] {
  return messages.flatMap((message, index) => {
    const path = `messages[${index}]`;
    if (message.content.some((item) => 'cache' in item && item.cache))
      warnings.add('cache marks: OpenAI decides by itself what it caches');
    switch (message.role) {
      case 'system':
        return [{ role: 'system', content: formatContent(message.content, path) }];
      case 'user':
        return formatUser(message.content, path, warnings);
      case 'assistant':
        return message.content.flatMap((item) => formatSaid(item, warnings));
    }
  });
}

/** Results first, since they must follow their calls. */
function formatUser(
  content: readonly (TextContent | MediaContent | ToolResultContent)[],
  path: string,
  warnings: Warnings,
): JsonObject[] {
  const results = content.filter((item) => item.type === 'tool-result');
  const said = content.filter((item) => item.type !== 'tool-result');
  return [
    ...results.map((result) => {
      if (result.isError) warnings.add('tool result error mark: the Responses API has none');
      return {
        type: 'function_call_output',
        call_id: shortCallId(result.callId),
        output: formatContent(result.content, path),
      };
    }),
    ...(said.length > 0 || results.length === 0
      ? [{ role: 'user', content: formatContent(said, path) }]
      : []),
  ];
}

function formatSaid(
  item: Extract<Message, { role: 'assistant' }>['content'][number],
  warnings: Warnings,
): JsonObject[] {
  switch (item.type) {
    case 'text':
      return [{ role: 'assistant', content: item.text }];
    case 'tool-call':
      return [
        { type: 'function_call', call_id: shortCallId(item.id), name: item.name, arguments: item.arguments },
      ];
    case 'reasoning':
      return formatReasoning(item, warnings);
    case 'media':
      warnings.add('media in assistant messages: the Responses API takes text alone there');
      return [];
  }
}

function formatReasoning(item: ReasoningContent, warnings: Warnings): JsonObject[] {
  const proof = providerProof(item);
  if (proof) {
    const summary = item.text === '' ? [] : [{ type: 'summary_text', text: item.text }];
    return [{ type: 'reasoning', summary, ...proof }];
  }
  warnings.add('reasoning of earlier turns: OpenAI takes back only its own');
  return [];
}
