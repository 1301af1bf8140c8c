import type { Engine } from '../ports.ts';
import type { Contexts } from './contexts.ts';

/** The engine, which loads a saved context that a prompt begins with before it computes the rest. */
export function withContexts<E extends Engine>(engine: E, contexts: Contexts): E {
  return {
    ...engine,
    generate: async function* (request) {
      await contexts.load(request.prompt);
      yield* engine.generate(request);
    },
  };
}
