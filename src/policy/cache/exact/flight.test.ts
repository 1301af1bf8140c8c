import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Part } from '../../../core/part.ts';
import { collected, FINISH, text } from '../../policy.contract.ts';
import { Flight } from './flight.ts';

const alive = (): AbortSignal => new AbortController().signal;

interface Rig {
  readonly flight: Flight;
  readonly abort: AbortController;
  readonly ended: (readonly Part[] | null)[];
  readonly pulled: () => number;
}

function rigOf(parts: readonly Part[], options: { mostBytes?: number; error?: Error } = {}): Rig {
  let pulled = 0;
  const ended: (readonly Part[] | null)[] = [];
  const abort = new AbortController();
  async function* source(): AsyncGenerator<Part> {
    for (const part of parts) {
      await Promise.resolve();
      if (abort.signal.aborted) throw new Error('aborted');
      pulled += 1;
      yield part;
    }
    if (options.error) throw options.error;
  }
  const flight = new Flight({
    source: source(),
    abort,
    mostBytes: options.mostBytes ?? 1_000_000,
    onOverflow: () => undefined,
    onEnd: (all) => ended.push(all),
  });
  return { flight, abort, ended, pulled: () => pulled };
}

const PARTS = Array.from('abcdef', (letter) => text(letter));

describe('an answer with several readers', () => {
  it('is the same for all of them, in any interleaving, and asked for once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 30 }), async (order) => {
        const { ended, flight, pulled } = rigOf([...PARTS, FINISH]);
        const readers = [0, 1, 2, 3].map(() => ({ reader: flight.read(alive()), got: [] as Part[] }));
        for (const who of order) {
          const { done, value } = await readers[who]!.reader.next();
          if (done !== true) readers[who]!.got.push(value);
        }
        await Promise.all(
          readers.map(async ({ reader, got }) => {
            for await (const part of reader) got.push(part);
          }),
        );
        for (const { got } of readers) expect(got).toEqual([...PARTS, FINISH]);
        expect(pulled()).toBe(PARTS.length + 1);
        expect(ended).toEqual([[...PARTS, FINISH]]);
      }),
    );
  });

  it('is the same for all of them when it is too large to be kept', async () => {
    const { flight, pulled } = rigOf([...PARTS, FINISH], { mostBytes: 3 });
    const readers = [0, 1, 2].map(() => collected(flight.read(alive())));
    for (const { parts } of await Promise.all(readers)) expect(parts).toEqual([...PARTS, FINISH]);
    expect(pulled()).toBe(PARTS.length + 1);
  });

  it('fails for all of them at the same place', async () => {
    const { flight, ended } = rigOf(PARTS, { error: new Error('broken') });
    const readers = [flight.read(alive()), flight.read(alive())];
    for (const reader of readers) {
      const { parts, error } = await collected(reader);
      expect(parts).toEqual(PARTS);
      expect(error).toMatchObject({ message: 'broken' });
    }
    expect(ended).toEqual([null]);
  });

  it('goes on while one of their clients is there, and is given up with the last', async () => {
    const { abort, flight } = rigOf(PARTS);
    const [one, two] = [new AbortController(), new AbortController()];
    const reader = flight.read(one.signal);
    flight.read(two.signal);
    await reader.next();
    one.abort();
    expect(abort.signal.aborted).toBe(false);
    expect((await reader.next()).done).toBe(false);
    two.abort();
    expect(abort.signal.aborted).toBe(true);
    expect(flight.abandoned).toBe(true);
    await expect(reader.next()).rejects.toThrow('aborted');
  });

  it('is given up when all have closed it', async () => {
    const { abort, flight } = rigOf(PARTS);
    const [one, two] = [flight.read(alive()), flight.read(alive())];
    await one.next();
    await one.return!();
    expect(abort.signal.aborted).toBe(false);
    await two.return!();
    expect(abort.signal.aborted).toBe(true);
  });

  it('keeps no more of a large one than what somebody has still to read', async () => {
    const { ended, flight, pulled } = rigOf([...PARTS, FINISH], { mostBytes: 4 });
    const [fast, slow] = [flight.read(alive()), flight.read(alive())];
    const first = collected(fast);
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Two bytes a letter: the fast one waits for the slow one.
    expect(pulled()).toBe(3);
    expect((await collected(slow)).parts).toEqual([...PARTS, FINISH]);
    expect((await first).parts).toEqual([...PARTS, FINISH]);
    expect(ended).toEqual([null]);
  });
});
