import type { CacheMark, Message, Prompt } from '../../../core/content.ts';
import type { Boundary } from './boundaries.ts';

export interface Mark {
  readonly boundary: Boundary;
  readonly keep: CacheMark;
}

/** The prompt with its beginnings marked; marks at ends that can bear none are left out. */
export function withMarks(prompt: Prompt, marks: readonly Mark[]): { prompt: Prompt; placed: Mark[] } {
  const tools = [...prompt.tools];
  const messages = [...prompt.messages];
  const placed: Mark[] = [];
  for (const mark of marks) {
    const { message: index } = mark.boundary;
    const last = tools.at(-1);
    const message = messages[index];
    if (index < 0 && last) tools[tools.length - 1] = { ...last, cache: mark.keep };
    else {
      const marked = message && markedAtEnd(message, mark.keep);
      if (!marked) continue;
      messages[index] = marked;
    }
    placed.push(mark);
  }
  return { prompt: { ...prompt, tools, messages }, placed };
}

/** Null where the last piece cannot bear a mark: thoughts and empty texts. */
function markedAtEnd(message: Message, cache: CacheMark): Message | null {
  const piece = message.content.at(-1);
  if (!piece || piece.type === 'reasoning' || (piece.type === 'text' && piece.text.trim() === ''))
    return null;
  const content = [...message.content.slice(0, -1), { ...piece, cache }];
  // The pieces are of the same types as before.
  return { ...message, content } as Message;
}

/**
 * Which ends to mark, in the order of the prompt. Kept long before kept short, as providers demand: a short mark before a
 * long one makes the later short.
 */
export function inOrder(wanted: readonly Mark[], most: number): readonly Mark[] {
  let longest: CacheMark = '1h';
  return [...wanted]
    .sort((a, b) => a.boundary.message - b.boundary.message)
    .slice(-most)
    .map((mark) => {
      if (mark.keep === '5m') longest = '5m';
      return { ...mark, keep: longest };
    });
}
