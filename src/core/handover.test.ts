import { describe, expect, it } from 'vitest';
import { handover } from './handover.ts';
import type { Part } from './part.ts';

const text = (value: string): Part => ({ type: 'text-delta', id: 't', text: value });

async function* source(parts: readonly Part[], log: string[] = []): AsyncGenerator<Part> {
  try {
    yield* parts;
  } finally {
    log.push('closed');
  }
}

async function all(parts: AsyncIterable<Part>): Promise<Part[]> {
  const read: Part[] = [];
  for await (const part of parts) read.push(part);
  return read;
}

describe('handover', () => {
  it('gives what was held, then the rest', async () => {
    const answer = handover(async (reading) => {
      reading.from = source([text('c')]);
      return [text('a'), text('b')];
    });
    expect(await all(answer)).toEqual([text('a'), text('b'), text('c')]);
  });

  it('gives the rest when nothing was held', async () => {
    const answer = handover(async (reading) => {
      reading.from = source([text('c')]);
      return [];
    });
    expect(await all(answer)).toEqual([text('c')]);
  });

  it('throws what the beginning throws', async () => {
    const answer = handover(() => Promise.reject(new Error('no')));
    await expect(all(answer)).rejects.toThrow('no');
  });

  it('begins only when asked', async () => {
    let begun = false;
    const answer = handover(async () => {
      begun = true;
      return [];
    });
    answer[Symbol.asyncIterator]();
    expect(begun).toBe(false);
  });

  it('closes the rest when the reader stops', async () => {
    const log: string[] = [];
    const answer = handover(async (reading) => {
      reading.from = source([text('b'), text('c')], log);
      return [text('a')];
    });
    for await (const part of answer) if (part.type === 'text-delta' && part.text === 'b') break;
    expect(log).toEqual(['closed']);
  });

  it('closes what is being read while the beginning still waits', async () => {
    const log: string[] = [];
    let release: (() => void) | null = null;
    const answer = handover(async (reading) => {
      reading.from = {
        next: () => new Promise(() => undefined),
        return: async () => {
          log.push('closed');
          return { done: true, value: undefined };
        },
      };
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      log.push(`closed: ${reading.closed}`);
      return [text('a')];
    });
    const iterator = answer[Symbol.asyncIterator]();
    const first = iterator.next();
    await iterator.return?.();
    expect(log).toEqual(['closed']);
    (release as (() => void) | null)?.();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(log).toContain('closed: true');
  });
});
