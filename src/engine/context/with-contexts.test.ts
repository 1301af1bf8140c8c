import { expect, test } from 'vitest';
import type { Engine, GenerateRequest } from '../ports.ts';
import { withContexts } from './with-contexts.ts';

const REQUEST: Omit<GenerateRequest, 'signal'> = {
  prompt: [1, 2, 3],
  maxTokens: 1,
  sampling: {} as GenerateRequest['sampling'],
  stop: [],
  logprobs: null,
};

/** Notes what is asked of it, and ends at once where nobody waits any more, as the engine does. */
function engine(asked: string[]): Engine {
  return {
    modelName: 'test',
    contextLength: 10,
    async *generate({ signal }) {
      asked.push('generate');
      signal?.throwIfAborted();
      yield* [];
    },
    status: () => {
      throw new Error('not asked for');
    },
    close: () => Promise.resolve(),
  };
}

async function read(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

test('a context is loaded before the rest is computed', async () => {
  const asked: string[] = [];
  const load = (tokens: readonly number[]): Promise<number> => {
    asked.push(`load ${tokens.join(' ')}`);
    return Promise.resolve(2);
  };
  await read(withContexts(engine(asked), { load }).generate(REQUEST));
  expect(asked).toEqual(['load 1 2 3', 'generate']);
});

test.each(['before', 'while'])('who leaves %s it is loaded does not wait for it', async (when) => {
  const asked: string[] = [];
  const leaving = new AbortController();
  if (when === 'before') leaving.abort(new Error('left'));
  else setTimeout(() => leaving.abort(new Error('left')), 5);
  const load = (): Promise<number> => new Promise(() => undefined);
  const answer = withContexts(engine(asked), { load }).generate({ ...REQUEST, signal: leaving.signal });
  await expect(read(answer)).rejects.toThrow('left');
  expect(asked).toEqual(['generate']);
});
