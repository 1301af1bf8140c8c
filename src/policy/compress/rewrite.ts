import type { Message, Prompt } from '../../core/content.ts';
import type { Place } from './groups.ts';

export interface Replacement extends Place {
  readonly text: string;
}

/** The prompt with some of its texts replaced; all else is the same object as before. */
export function rewrite(prompt: Prompt, replacements: readonly Replacement[]): Prompt {
  return {
    ...prompt,
    messages: prompt.messages.map((message, index) => {
      const mine = replacements.filter((replacement) => replacement.message === index);
      return mine.length > 0 ? replaced(message, mine) : message;
    }),
  };
}

function replaced(message: Message, replacements: readonly Replacement[]): Message {
  const content = (message.content as readonly Message['content'][number][]).map((part, at) => {
    const mine = replacements.filter((replacement) => replacement.content === at);
    if (mine.length === 0) return part;
    if (part.type === 'text') return { ...part, text: mine[0]?.text ?? part.text };
    if (part.type !== 'tool-result') return part;
    return {
      ...part,
      content: part.content.map((inner, index) => {
        const text = mine.find(({ result }) => result === index)?.text;
        return inner.type === 'text' && text !== undefined ? { ...inner, text } : inner;
      }),
    };
  });
  return { ...message, content } as Message;
}
