import type { Part } from './part.ts';

/** The beginning of an answer as far as it was read, and the iterator that has the rest. */
export interface Begun {
  readonly parts: readonly Part[];
  readonly rest: AsyncIterator<Part>;
}

/**
 * An answer whose beginning takes work (choosing, retrying) and whose rest comes from one iterator. Once begun, `next`
 * is that iterator's own `next`: a stage made this way costs nothing a part.
 *
 * @param begin called at the first `next`; it must end the iterators that it gives up
 */
export function handover(begin: () => Promise<Begun>): AsyncIterable<Part> {
  return { [Symbol.asyncIterator]: () => begun(begin) };
}

function begun(begin: () => Promise<Begun>): AsyncIterator<Part> {
  let beginning: Promise<void> | null = null;
  let held: Part[] = [];
  let rest: AsyncIterator<Part> | null = null;
  let closed = false;

  const open = async (): Promise<void> => {
    const start = await begin();
    if (closed) await start.rest.return?.();
    held = start.parts.toReversed();
    rest = start.rest;
  };
  const next = async (): Promise<IteratorResult<Part>> => {
    beginning ??= open();
    await beginning;
    if (closed) return { done: true, value: undefined };
    const part = held.pop();
    return part ? { done: false, value: part } : proceed();
  };
  const proceed = async (): Promise<IteratorResult<Part>> => {
    return rest ? rest.next() : { done: true, value: undefined };
  };

  return {
    next: () => (rest && held.length === 0 && !closed ? rest.next() : next()),
    return: async () => {
      closed = true;
      await rest?.return?.();
      return { done: true, value: undefined };
    },
  };
}
