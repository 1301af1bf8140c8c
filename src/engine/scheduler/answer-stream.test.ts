import { describe, expect, it, vi } from 'vitest';
import type { GenerateEvent } from '../ports.ts';
import { AnswerStream } from './answer-stream.ts';

const event = (token: number): GenerateEvent => ({ type: 'token', token, text: '', logprob: null, top: [] });

function open(most = 4) {
  const hooks = { start: vi.fn(), drained: vi.fn(), cancel: vi.fn(), closed: vi.fn() };
  return { hooks, stream: new AnswerStream(most, hooks) };
}

describe('the stream of an answer', () => {
  it('starts with its first reader and gives events in order, to those who wait too', async () => {
    const { hooks, stream } = open();
    expect(hooks.start).not.toHaveBeenCalled();
    const early = [stream.next(), stream.next()];
    expect(hooks.start).toHaveBeenCalledOnce();
    for (let i = 0; i < 3; i++) stream.push(event(i));
    stream.finish();
    stream.push(event(9));
    const all = [
      ...(await Promise.all(early)),
      await stream.next(),
      await stream.next(),
      await stream.next(),
    ];
    expect(all.map(({ value }) => value)).toEqual([event(0), event(1), event(2), undefined, undefined]);
    expect(hooks.closed).toHaveBeenCalledOnce();
    expect(hooks.cancel).not.toHaveBeenCalled();
  });

  it('is full, and says when half of it is read', async () => {
    const { hooks, stream } = open(4);
    const first = stream.next();
    for (let i = 0; i < 5; i++) stream.push(event(i));
    await first;
    expect(stream.full).toBe(true);
    await stream.next();
    expect(hooks.drained).not.toHaveBeenCalled();
    await stream.next();
    expect(hooks.drained).toHaveBeenCalledOnce();
  });

  it('throws an error once, after what came before', async () => {
    const { stream } = open();
    stream.push(event(1));
    stream.fail(new Error('broken'));
    stream.fail(new Error('again'));
    expect((await stream.next()).value).toEqual(event(1));
    await expect(stream.next()).rejects.toThrow('broken');
    expect((await stream.next()).done).toBe(true);
  });

  it('cancels when its reader leaves in the middle, and only then', async () => {
    const left = open();
    void left.stream.next();
    await left.stream.return();
    expect(left.hooks.cancel).toHaveBeenCalledOnce();
    expect((await left.stream.next()).done).toBe(true);
    const unread = open();
    await unread.stream.return();
    await unread.stream.next();
    expect(unread.hooks.start).not.toHaveBeenCalled();
    expect(unread.hooks.cancel).not.toHaveBeenCalled();
  });
});
