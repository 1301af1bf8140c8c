import type { Prompt } from '../../core/content.ts';
import type { GroundSettings } from '../../core/plan/ground.ts';
import type { Found } from './library.ts';

const TASK = 'Answer from the sources below. Say so where they do not hold the answer.';
const CITE = ' Cite a source that you use by its number, as in [1].';

/** The best passages that are good enough and fit. */
export function chosenPassages(
  found: readonly Found[],
  { passages, minScore, mostCharacters }: GroundSettings,
): readonly Found[] {
  const chosen: Found[] = [];
  let characters = 0;
  for (const passage of found) {
    if (chosen.length === passages || passage.score < minScore) break;
    if (characters + passage.text.length > mostCharacters) continue;
    characters += passage.text.length;
    chosen.push(passage);
  }
  return chosen;
}

/**
 * The prompt with the passages before what the user said last. What stands before it stays as it is, so that providers
 * still find it in their caches.
 */
export function withSources(prompt: Prompt, passages: readonly Found[], citations: boolean): Prompt {
  const at = prompt.messages.findLastIndex(({ role }) => role === 'user');
  const sources = passages.map(({ document, text }, index) => `[${index + 1}] ${document}\n${text}`);
  const text = `${TASK}${citations ? CITE : ''}\n\n${sources.join('\n\n')}\n\n`;
  const messages = prompt.messages.map((message, index) => {
    if (index !== at || message.role !== 'user') return message;
    // Results of tools come first where there are any: providers want them there.
    const first = message.content.findIndex(({ type }) => type !== 'tool-result');
    const start = first < 0 ? message.content.length : first;
    const content = [
      ...message.content.slice(0, start),
      { type: 'text' as const, text },
      ...message.content.slice(start),
    ];
    return { ...message, content };
  });
  return { ...prompt, messages };
}

/** The same with a word to a model whose first answer was not supported. */
export function stricter(prompt: Prompt): Prompt {
  const text =
    'State only what the sources say. Leave out everything that they do not say, and say that you do not know where they are silent.';
  return { ...prompt, messages: [...prompt.messages, { role: 'system', content: [{ type: 'text', text }] }] };
}
