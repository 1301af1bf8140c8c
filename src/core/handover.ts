import { isOpening, type Part } from './part.ts';

/** What a beginning reads from, kept where closing can reach it. */
export interface Reading {
  /** The iterator being read; after the beginning, the one with the rest of the answer. */
  from: AsyncIterator<Part> | null;
  /** True once nobody wants the answer any more: begin nothing new. */
  readonly closed: boolean;
}

/**
 * An answer whose beginning takes work (choosing, retrying) and whose rest comes from one iterator. Once begun, `next`
 * is that iterator's own `next`: a stage made this way costs nothing a part.
 *
 * @param begin called at the first `next`; gives the parts read so far and leaves the iterator of the rest in `reading.from`
 */
export function handover(begin: (reading: Reading) => Promise<readonly Part[]>): AsyncIterable<Part> {
  return { [Symbol.asyncIterator]: () => iterate(begin) };
}

const DONE: IteratorResult<Part> = { done: true, value: undefined };

function iterate(begin: (reading: Reading) => Promise<readonly Part[]>): AsyncIterator<Part> {
  let beginning: Promise<void> | null = null;
  let handedOver = false;
  let held: readonly Part[] = [];
  let taken = 0;
  let closed = false;
  const reading: Reading = {
    from: null,
    get closed() {
      return closed;
    },
  };

  const open = async (): Promise<void> => {
    held = await begin(reading);
    if (closed) await reading.from?.return?.();
  };
  const nextHeld = async (): Promise<IteratorResult<Part>> => {
    beginning ??= open();
    await beginning;
    if (closed) return DONE;
    const part = held[taken];
    if (part) taken += 1;
    handedOver = taken >= held.length;
    if (part) return { done: false, value: part };
    return reading.from ? reading.from.next() : DONE;
  };

  return {
    next: () => (handedOver && reading.from && !closed ? reading.from.next() : nextHeld()),
    return: async () => {
      closed = true;
      await reading.from?.return?.();
      return DONE;
    },
  };
}

/** Reads up to the first part that a client could not be shown twice, and gives all parts read. */
export async function readOpening(parts: AsyncIterator<Part>): Promise<readonly Part[]> {
  const read: Part[] = [];
  for (;;) {
    const { done, value } = await parts.next();
    if (done) return read;
    read.push(value);
    if (!isOpening(value)) return read;
  }
}
