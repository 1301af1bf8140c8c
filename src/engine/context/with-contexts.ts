import type { Engine } from '../ports.ts';
import type { Contexts } from './contexts.ts';

/** The engine, which loads a saved context that a prompt begins with before it computes the rest. */
export function withContexts<E extends Engine>(engine: E, contexts: Pick<Contexts, 'load'>): E {
  return {
    ...engine,
    generate: async function* (request) {
      await unlessAborted(contexts.load(request.prompt), request.signal);
      yield* engine.generate(request);
    },
  };
}

/** Waits as long as somebody waits for the answer. Loading goes on without: other prompts may begin the same way. */
async function unlessAborted(work: Promise<unknown>, signal?: AbortSignal): Promise<void> {
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
  });
  try {
    await Promise.race([work, left]);
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}
