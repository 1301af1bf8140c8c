import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SqlError } from '../sql/sql-error.ts';
import { deliver } from './deliver.ts';

const entries = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ line: String(index), segment: null }));
const lines = (all: readonly { readonly line: string }[]) => all.map(({ line }) => line);

/** A store that fails a batch with the code of the first of its rows that has one. */
function storeWith(codes: ReadonlyMap<string, string>) {
  const stored: string[] = [];
  const insert = async (batch: readonly string[]): Promise<void> => {
    const code = batch.map((line) => codes.get(line)).find((each) => each !== undefined);
    if (code !== undefined) throw new SqlError(code, 'no');
    stored.push(...batch);
  };
  return { stored, insert };
}

describe('delivering a batch', () => {
  it('stores all rows but those that are refused for themselves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat({ max: 59 })),
        async (count, poisoned) => {
          const { stored, insert } = storeWith(new Map(poisoned.map((index) => [String(index), '22P02'])));
          const result = await deliver(insert, entries(count), false);
          const bad = new Set(poisoned.map(String));
          expect(lines(result.stored)).toEqual(lines(entries(count)).filter((line) => !bad.has(line)));
          expect(stored).toEqual(lines(result.stored));
          expect(new Set(result.refused.map(({ entry }) => entry.line))).toEqual(
            new Set(lines(entries(count)).filter((line) => bad.has(line))),
          );
          expect(result.left).toEqual([]);
        },
      ),
    );
  });

  it('keeps everything while the store is away', async () => {
    const { insert } = storeWith(new Map([['0', 'connection']]));
    const result = await deliver(insert, entries(5), true);
    expect(lines(result.left)).toEqual(['0', '1', '2', '3', '4']);
    expect(result).toMatchObject({ stored: [], refused: [], error: { code: 'connection' } });
  });

  it('keeps the rest when the store goes away in the middle', async () => {
    let calls = 0;
    const insert = async (batch: readonly string[]): Promise<void> => {
      calls += 1;
      if (batch.includes('3')) throw new SqlError('23502', 'poison');
      if (calls > 2) throw new SqlError('57P01', 'going down');
    };
    const result = await deliver(insert, entries(4), false);
    expect([lines(result.stored), lines(result.left)]).toEqual([
      ['0', '1'],
      ['2', '3'],
    ]);
  });

  it('suspects a row of an unclear error only when told to, and only if another was taken', async () => {
    const { insert } = storeWith(new Map([['2', 'XX000']]));
    expect((await deliver(insert, entries(5), false)).left).toHaveLength(5);
    const doubtful = await deliver(insert, entries(5), true);
    expect(doubtful.refused.map(({ entry }) => entry.line)).toEqual(['2']);

    const { insert: failing } = storeWith(new Map(lines(entries(5)).map((line) => [line, '42P01'])));
    const all = await deliver(failing, entries(5), true);
    expect(lines(all.left)).toEqual(['0', '1', '2', '3', '4']);
    expect(all).toMatchObject({ stored: [], refused: [], error: { code: '42P01' } });
  });
});
