import { describe, expect, it } from 'vitest';
import { Borrower } from './borrower.ts';
import { LEAST_BLOCKS } from './spread.ts';
import { TIMING } from './timing.ts';

/** One that holds so many blocks of each lender. */
function borrowerOf(blocks: Readonly<Record<string, number>>): Borrower {
  const borrower = new Borrower(
    () => undefined,
    { attach: (_, done) => done(true), detach: () => undefined },
    { came: () => undefined, lost: () => undefined },
    () => 0,
    TIMING,
  );
  for (const [lender, count] of Object.entries(blocks)) {
    borrower.ask(lender, count, 'grow');
    const numbers = Array.from({ length: count }, (_, block) => block);
    const part = { lease: 1, shard: `${lender}/0`, host: '127.0.0.1', port: 1, blocks: numbers };
    borrower.granted(lender, { type: 'grant', session: 1, request: 1, parts: [part] });
  }
  return borrower;
}

const shardsOf = (refs: readonly { readonly shard: string }[]) => refs.map(({ shard }) => shard);
const counted = (refs: readonly { readonly shard: string }[]) => {
  const counts: Record<string, number> = {};
  for (const { shard } of refs) counts[shard] = (counts[shard] ?? 0) + 1;
  return counts;
};

describe('borrowed blocks', () => {
  it('are taken of all lenders evenly, when they are many', () => {
    const borrower = borrowerOf({ a: 100, b: 100, c: 100 });
    expect(counted(borrower.take(6 * LEAST_BLOCKS))).toEqual({ 'a/0': 32, 'b/0': 32, 'c/0': 32 });
  });

  it('are taken of one lender, when they are few, until its portion is full', () => {
    const borrower = borrowerOf({ a: 100, b: 100 });
    const singly = Array.from({ length: 2 * LEAST_BLOCKS }, () => borrower.take(1)).flat();
    expect(shardsOf(singly)).toEqual([
      ...Array<string>(LEAST_BLOCKS).fill('a/0'),
      ...Array<string>(LEAST_BLOCKS).fill('b/0'),
    ]);
  });

  it('are all of those that there are, wherever they are', () => {
    const borrower = borrowerOf({ a: 3, b: 40, c: 1 });
    expect(counted(borrower.take(50))).toEqual({ 'a/0': 3, 'b/0': 40, 'c/0': 1 });
    expect(borrower.take(1)).toEqual([]);
  });

  it('are taken of the lenders that are allowed only', () => {
    const borrower = borrowerOf({ a: 20, b: 40 });
    borrower.take(1);
    expect(counted(borrower.take(30, { only: 'a' }))).toEqual({ 'a/0': 20 });
    expect(counted(borrower.take(30, { except: (lender) => lender === 'b' }))).toEqual({});
  });
});
