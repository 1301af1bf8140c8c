import { describe, expect, it } from 'vitest';
import { HomeBlocks } from './home.ts';
import { Lender } from './lender.ts';
import type { Message } from './messages.ts';

function rig(): {
  readonly lender: Lender;
  readonly home: HomeBlocks;
  readonly sent: Message[];
  readonly fenced: (() => void)[];
  /** For how many blocks room was asked. */
  readonly room: number[];
} {
  const home = new HomeBlocks([{ id: 'l/0', blocks: 4, address: { host: 'h', port: 1 } }]);
  const sent: Message[] = [];
  const fenced: (() => void)[] = [];
  const room: number[] = [];
  const later = (done: () => void): void => void fenced.push(done);
  const fence = {
    permit: (_shard: string, _blocks: readonly number[], _instance: string, done: () => void) => later(done),
    revoke: (_shard: string, _blocks: readonly number[], _instance: string, done: () => void) => later(done),
    expel: (_instance: string, done: () => void) => later(done),
  };
  const lender = new Lender(
    home,
    fence,
    (_to, message) => sent.push(message),
    { free: () => home.counts().lendableFree, make: (blocks) => room.push(blocks) },
    () => {},
  );
  return { lender, home, sent, fenced, room };
}

function ask(session: number, request: number, blocks: number): Message & { type: 'lease' } {
  return { type: 'lease', session, request, blocks };
}

describe('a lender', () => {
  it('tells of a grant only once the borrower is let in', () => {
    const { lender, sent, fenced } = rig();
    lender.lease('b', ask(0, 1, 3));
    expect(sent).toEqual([]);
    fenced.shift()?.();
    expect(sent).toMatchObject([{ type: 'grant', session: 1, request: 1, parts: [{ lease: 1 }] }]);
  });

  it('grants a request once, however often it comes', () => {
    const { lender, home, sent, fenced } = rig();
    lender.lease('b', ask(0, 1, 1));
    fenced.shift()?.();
    lender.lease('b', ask(0, 1, 1));
    expect(sent[1]).toEqual(sent[0]);
    expect(home.counts().lent).toBe(1);
    lender.lease('b', ask(1, 2, 1));
    fenced.shift()?.();
    // The first one comes late: it neither begins a new session nor grants anything.
    lender.lease('b', ask(0, 1, 1));
    expect(home.counts().lent).toBe(2);
    expect(sent).toHaveLength(3);
  });

  it('makes room, and asks others for what is lacking, but not who asks', () => {
    const { lender, sent, fenced, room } = rig();
    lender.lease('b', ask(0, 1, 3));
    lender.lease('c', ask(0, 1, 6));
    expect(room).toEqual([3, 6]);
    expect(sent).toEqual([{ type: 'recall', blocks: 3 }]);
    for (const done of fenced.splice(0)) done();
    lender.lease('c', ask(2, 2, 9));
    expect(sent.at(-2)).toEqual({ type: 'recall', blocks: 3 });
  });

  it('lends a block again only after its last borrower is kept out', () => {
    const { lender, home, fenced } = rig();
    lender.lease('b', ask(0, 1, 4));
    fenced.shift()?.();
    lender.release('b', [{ lease: 1, blocks: [0, 1] }]);
    lender.release('b', [{ lease: 1, blocks: [0, 1] }]);
    expect(home.counts()).toMatchObject({ free: 0, lent: 4 });
    expect(fenced).toHaveLength(1);
    fenced.shift()?.();
    expect(home.counts()).toMatchObject({ free: 2, lent: 2 });
  });

  it('lends nothing to one that is being kept out, or that thinks it still has an ended session', () => {
    const { lender, home, sent, fenced } = rig();
    lender.lease('b', ask(0, 1, 4));
    fenced.shift()?.();
    lender.drop('b');
    lender.lease('b', ask(0, 2, 1));
    expect(sent.at(-1)).toEqual({ type: 'grant', session: 0, request: 2, parts: [] });
    fenced.shift()?.();
    expect(home.counts().free).toBe(4);
    lender.lease('b', ask(1, 3, 1));
    expect(sent.at(-1)).toEqual({ type: 'gone', session: 1 });
    lender.renew('b', { type: 'renew', session: 1, closed: 3, held: [{ lease: 1, blocks: [0] }] });
    expect(sent.at(-1)).toEqual({ type: 'gone', session: 1 });
    expect(home.counts().free).toBe(4);
  });

  it('takes back what a borrower never heard of, but not what may still be on its way', () => {
    const { lender, home, fenced } = rig();
    lender.lease('b', ask(0, 1, 2));
    fenced.shift()?.();
    lender.lease('b', ask(1, 2, 2));
    fenced.shift()?.();
    lender.renew('b', { type: 'renew', session: 1, closed: 1, held: [{ lease: 1, blocks: [0] }] });
    fenced.shift()?.();
    expect(home.counts()).toMatchObject({ free: 1, lent: 3 });
    lender.renew('b', { type: 'renew', session: 1, closed: 2, held: [{ lease: 1, blocks: [0] }] });
    fenced.shift()?.();
    expect(home.counts()).toMatchObject({ free: 3, lent: 1 });
  });

  it('that ends asks everybody for everything', () => {
    const { lender, sent, fenced } = rig();
    lender.lease('a', ask(0, 1, 1));
    lender.lease('b', ask(0, 1, 2));
    for (const done of fenced.splice(0)) done();
    sent.length = 0;
    lender.recallAll();
    expect(sent).toEqual([
      { type: 'recall', blocks: 1, leaving: true },
      { type: 'recall', blocks: 2, leaving: true },
    ]);
  });
});
