import type { Message } from '../../core/content.ts';

/** Messages that stay or go together: a call of tools and its results. Indices into the conversation. */
export interface Unit {
  readonly indices: readonly number[];
  /** True where a conversation may begin: at a question of the user, or after the last of them. */
  readonly opens: boolean;
  /** Instructions, the last question, and the last unit stay whatever happens. */
  readonly kept: boolean;
}

/** A conversation as what may be left out of it: no result of a tool without its call, no call without its results. */
export function unitsOf(messages: readonly Message[]): Unit[] {
  const groups: number[][] = [];
  const openCalls = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const joins = openCalls.size > 0 && message.role !== 'system' && groups.length > 0;
    if (message.role === 'user')
      for (const part of message.content) if (part.type === 'tool-result') openCalls.delete(part.callId);
    if (message.role === 'assistant')
      for (const part of message.content) if (part.type === 'tool-call') openCalls.add(part.id);
    const open = groups.at(-1);
    // Assistants' messages in a row belong together: they are one turn of it.
    const continues = message.role === 'assistant' && messages[index - 1]?.role === 'assistant';
    const answers = message.role === 'user' && message.content.some(({ type }) => type === 'tool-result');
    if (open && (joins || continues || answers)) open.push(index);
    else groups.push([index]);
  }
  const question = messages.findLastIndex(isQuestion);
  return groups.map((indices, at) => ({
    indices,
    opens: (indices[0] ?? 0) > question || indices.some((index) => isQuestionAt(messages, index)),
    kept:
      at === groups.length - 1 ||
      indices.includes(question) ||
      indices.every((index) => messages[index]?.role === 'system'),
  }));
}

function isQuestionAt(messages: readonly Message[], index: number): boolean {
  const message = messages[index];
  return message !== undefined && isQuestion(message);
}

function isQuestion(message: Message): boolean {
  return message.role === 'user' && message.content.some(({ type }) => type === 'text' || type === 'media');
}
