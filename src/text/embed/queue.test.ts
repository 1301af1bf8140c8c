import { describe, expect, it } from 'vitest';
import { EmbedQueue } from './queue.ts';

const texts = (...names: readonly string[]) => names.map((text) => ({ text, settle: () => undefined }));

describe('the queue of texts', () => {
  it('takes from all requests in turn, each in its order', () => {
    const queue = new EmbedQueue();
    queue.add(texts('a1', 'a2', 'a3', 'a4'));
    queue.add(texts('b1'));
    queue.add(texts('c1', 'c2'));
    expect(queue.size).toBe(7);
    expect(queue.take(4).map(({ text }) => text)).toEqual(['a1', 'b1', 'c1', 'a2']);
    expect(queue.take(9).map(({ text }) => text)).toEqual(['a3', 'c2', 'a4']);
    expect(queue.take(9)).toEqual([]);
    expect(queue.size).toBe(0);
  });

  it('forgets what is given up', () => {
    const queue = new EmbedQueue();
    const giveUp = queue.add(texts('a1', 'a2', 'a3'));
    queue.add(texts('b1'));
    queue.take(1);
    giveUp();
    giveUp();
    expect(queue.size).toBe(1);
    expect(queue.take(9).map(({ text }) => text)).toEqual(['b1']);
  });
});
