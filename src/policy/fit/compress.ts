import { formatTokens } from './measure.ts';
import type { CompressTo, Shorten } from './way.ts';

const MOST_QUESTION_CHARS = 4000;

/** Shortens the prompt's texts until it fits. */
export function compressWith(compressTo: CompressTo | null): Shorten {
  return async ({ prompt, goal, measures }) => {
    if (!compressTo) return { not: 'no compressor is there' };
    const { model } = goal.target;
    const shorter = await compressTo(prompt, goal.promptTokens, model, lastQuestion(prompt));
    const { tokens } = await measures.count(shorter, model);
    if (tokens > goal.promptTokens)
      return { not: `what may be compressed is not enough: ${formatTokens(tokens)} tokens are left` };
    return { prompt: shorter, action: 'compressed', why: 'its texts were shortened' };
  };
}

function lastQuestion(prompt: Parameters<CompressTo>[0]): string | null {
  const last = prompt.messages.findLast(({ role }) => role === 'user');
  const text = last?.content
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .at(-1)
    ?.trim();
  return text ? text.slice(-MOST_QUESTION_CHARS) : null;
}
