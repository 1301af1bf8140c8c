import type { MediaContent, Message, Prompt, TextContent } from '../core/content.ts';

/**
 * All text of a prompt that a model reads, for counting or estimating its tokens: messages, calls and results of tools,
 * definitions of tools and of the answer's schema. Media are not text, and what they cost in tokens is not counted.
 */
export function promptText(prompt: Prompt): string {
  const texts = prompt.messages.flatMap((message) => message.content.map(contentText));
  for (const { name, description, parameters } of prompt.tools)
    texts.push(name, description ?? '', JSON.stringify(parameters));
  const { format } = prompt;
  if (format.kind === 'json-schema')
    texts.push(format.name, format.description ?? '', JSON.stringify(format.schema));
  return texts.filter((text) => text !== '').join('\n');
}

function contentText(content: Message['content'][number]): string {
  switch (content.type) {
    case 'text':
    case 'reasoning':
      return content.text;
    case 'tool-call':
      return `${content.name}\n${content.arguments}`;
    case 'tool-result':
      return content.content.map(resultText).join('\n');
    case 'media':
      return '';
  }
}

function resultText(content: TextContent | MediaContent): string {
  return content.type === 'text' ? content.text : '';
}

/**
 * What the user said last.
 * @param eachEnd of a text more than twice as long, so many characters of its beginning and of its end
 */
export function lastUserText({ messages }: Prompt, eachEnd: number = Number.POSITIVE_INFINITY): string {
  const last = messages.findLast(({ role }) => role === 'user');
  const texts = (last?.content ?? []).flatMap((content) => (content.type === 'text' ? [content.text] : []));
  const length = texts.reduce((sum, text) => sum + text.length + 1, -1);
  if (length <= 2 * eachEnd) return texts.join('\n').trim();
  // No more than that is copied.
  let start = '';
  for (const text of texts) {
    if (start.length >= eachEnd) break;
    start += `${text.slice(0, eachEnd)}\n`;
  }
  let end = '';
  for (const text of texts.toReversed()) {
    if (end.length >= eachEnd) break;
    end = `\n${text.slice(-eachEnd)}${end}`;
  }
  return (start.slice(0, eachEnd) + end.slice(-eachEnd)).trim();
}
