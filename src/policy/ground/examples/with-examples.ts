import type { Message, Prompt } from '../../../core/content.ts';
import type { Example } from '../../../core/examples.ts';

/** Keeps a model from taking an example for what was said before. */
const MARK = 'An example from another conversation:\n\n';

/**
 * The prompt with the examples as turns before its question, the most similar one last. System messages before it stay
 * as they are, so that providers still find them in their caches.
 */
export function withExamples(prompt: Prompt, examples: readonly Example[]): Prompt {
  const at = prompt.messages.findIndex(({ role }) => role === 'user');
  const turns = examples.toReversed().flatMap(turnsOf);
  return { ...prompt, messages: [...prompt.messages.slice(0, at), ...turns, ...prompt.messages.slice(at)] };
}

/** What the examples add to the text of a prompt. */
export function addedText(examples: readonly Example[]): string {
  return examples.map(({ question, answer }) => `${MARK}${question}\n${answer}`).join('\n');
}

function turnsOf({ question, answer }: Example): Message[] {
  return [
    { role: 'user', content: [{ type: 'text', text: `${MARK}${question}` }] },
    { role: 'assistant', content: [{ type: 'text', text: answer }] },
  ];
}
