import { isCallError } from '../../core/errors.ts';
import { formatTokens } from './measure.ts';
import type { CompressTo, Outcome, Shorten, Task } from './way.ts';

/** Shortens the prompt's texts until it fits. */
export function compressWith(compressTo: CompressTo | null): Shorten {
  return async (task) => {
    if (!compressTo) return { not: 'there is no compressor here' };
    try {
      return await compressed(task, compressTo);
    } catch (error) {
      if (!isCallError(error) || error.code === 'client_aborted' || task.abandoned()) throw error;
      return { not: error.message };
    }
  };
}

async function compressed(task: Task, compressTo: CompressTo): Promise<Outcome> {
  const { call, prompt, before, goal, measures } = task;
  const { model } = goal.target;
  const count = async (shorter: typeof prompt): Promise<number> =>
    (await measures.count(shorter, model)).tokens;
  const { prompt: shorter, left } = await compressTo(call, prompt, {
    tokens: goal.promptTokens,
    before: before.tokens,
    model,
    count,
  });
  const tokens = await count(shorter);
  if (tokens > goal.promptTokens)
    return {
      not: `what may be left out is not enough: ${formatTokens(tokens)} tokens are left of ${formatTokens(before.tokens)}, and ${formatTokens(goal.promptTokens)} fit${left.length > 0 ? ` (${left.join('; ')})` : ''}`,
    };
  return { prompt: shorter, action: 'compressed', why: 'what matters least was left out of its texts' };
}
