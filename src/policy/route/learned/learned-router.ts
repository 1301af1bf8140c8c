import type { Prompt } from '../../../core/content.ts';
import { messageOf } from '../../../core/message-of.ts';
import type { LearnedRouting } from '../../../core/plan/route.ts';
import type { Embedder, Log } from '../../../core/ports.ts';
import type { Candidate, Chosen } from '../candidate.ts';
import { chooseLearned } from './choose.ts';
import { parseRouterModel, type RouterModel } from './router-model.ts';
import { lastUserText } from '../../../text/prompt-text.ts';

/** Orders the candidates of a call by what a trained model expects of them. */
export interface LearnedRouter {
  /** In the given order, and with the reason, when it cannot tell. Never fails. */
  order(
    prompt: Prompt,
    candidates: readonly Candidate[],
    routing: LearnedRouting,
    signal: AbortSignal,
  ): Promise<Chosen>;
}

export interface LearnedRouterDeps {
  readonly embedder: Embedder;
  /** Text of a file. */
  readonly read: (file: string) => Promise<string>;
  readonly log: Log;
}

/** Each model is read once; a file that cannot be read is tried again for later calls. */
export function createLearnedRouter({ embedder, read, log }: LearnedRouterDeps): LearnedRouter {
  const models = new Map<string, Promise<RouterModel>>();

  function modelOf(file: string): Promise<RouterModel> {
    const known = models.get(file);
    if (known) return known;
    const reading = read(file).then(parseRouterModel);
    models.set(file, reading);
    reading.catch((error: unknown) => {
      models.delete(file);
      log.warn('The model of the learned router cannot be used', { file, error });
    });
    return reading;
  }

  return {
    order: async (prompt, candidates, { file, minGain }, signal) => {
      const question = lastUserText(prompt);
      if (question === '') return { order: candidates, why: 'the call asks nothing in words' };
      try {
        const [model, [vector]] = await Promise.all([modelOf(file), embedder.embed([question], signal)]);
        if (vector?.length === model.dimensions) return chooseLearned(candidates, model, vector, minGain);
        return { order: candidates, why: 'the router was trained on other embeddings' };
      } catch (error) {
        const why = messageOf(error);
        return { order: candidates, why: `the learned router cannot tell: ${why}` };
      }
    },
  };
}
