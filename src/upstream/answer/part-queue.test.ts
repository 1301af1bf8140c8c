import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallError } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';
import { PartQueue } from './part-queue.ts';

function queue() {
  const log: string[] = [];
  const note = (what: string) => () => void log.push(what);
  const parts = new PartQueue({
    start: note('start'),
    stop: note('stop'),
    pause: note('pause'),
    resume: note('resume'),
  });
  return { parts, log };
}

const text = (value: string): Part => ({ type: 'text-delta', id: 't', text: value });
const ERROR = new CallError('upstream_error', 'x');

describe('a part queue', () => {
  it('starts its source at the first read', async () => {
    const { parts, log } = queue();
    expect(log).toEqual([]);
    const first = parts.next();
    expect(log).toEqual(['start']);
    parts.push(text('a'));
    expect(await first).toEqual({ done: false, value: text('a') });
  });

  it('gives what was queued before the error or the end', async () => {
    const { parts } = queue();
    const first = parts.next();
    parts.push(text('a'));
    parts.push(text('b'));
    parts.fail(ERROR);
    parts.push(text('late'));
    await first;
    expect((await parts.next()).value).toEqual(text('b'));
    await expect(parts.next()).rejects.toBe(ERROR);
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  it('fails or ends a read that waits', async () => {
    const failing = queue();
    const read = failing.parts.next();
    failing.parts.fail(ERROR);
    await expect(read).rejects.toBe(ERROR);
    const ending = queue();
    const last = ending.parts.next();
    ending.parts.end();
    expect((await last).done).toBe(true);
  });

  it('stops its source when the reader leaves, once', async () => {
    const { parts, log } = queue();
    const read = parts.next();
    await parts.return();
    await parts.return();
    expect((await read).done).toBe(true);
    expect((await parts.next()).done).toBe(true);
    expect(log).toEqual(['start', 'stop']);
  });

  it('starts nothing for a reader that left before', async () => {
    const { parts, log } = queue();
    await parts.return();
    expect((await parts.next()).done).toBe(true);
    expect(log).toEqual([]);
  });

  it('pauses its source at a megabyte and resumes it when all was read', async () => {
    const { parts, log } = queue();
    const first = parts.next();
    parts.pushWire([Buffer.alloc(10)]);
    await first;
    for (let i = 0; i < 16; i++) parts.push(text('x'), 64 * 1024);
    expect(log).toEqual(['start', 'pause']);
    for (let i = 0; i < 15; i++) await parts.next();
    expect(log).toEqual(['start', 'pause']);
    await parts.next();
    expect(log).toEqual(['start', 'pause', 'resume']);
  });

  it('joins the bytes that wait for one read, and nothing else', async () => {
    const { parts } = queue();
    const first = parts.next();
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((each) => Buffer.from(each)) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    parts.pushWire([a]);
    parts.pushWire([b]);
    parts.pushWire([c]);
    parts.push(text('x'));
    parts.pushWire([d]);
    parts.end();
    expect((await first).value).toEqual({ type: 'wire', chunks: [a] });
    const rest: Part[] = [];
    for await (const part of parts) rest.push(part);
    expect(rest).toEqual([{ type: 'wire', chunks: [b, c] }, text('x'), { type: 'wire', chunks: [d] }]);
  });

  it('keeps the order of everything, however reads and writes meet', async () => {
    const step = fc.oneof(
      fc.record({ wire: fc.array(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 3 }) }),
      fc.record({ text: fc.string() }),
      fc.constant('read' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { parts } = queue();
        const seen: string[] = [];
        const see = ({ done, value }: IteratorResult<Part>): void => {
          if (done) return;
          if (value.type === 'wire') seen.push(...value.chunks.map((chunk) => Buffer.from(chunk).toString()));
          else if (value.type === 'text-delta') seen.push(value.text);
        };
        let reading = Promise.resolve();
        let isReading = false;
        const read = (): void => {
          if (isReading) return;
          isReading = true;
          reading = parts.next().then((result) => {
            isReading = false;
            see(result);
          });
        };
        read();
        const expected: string[] = [];
        for (const each of steps) {
          if (each === 'read') read();
          else if ('wire' in each) {
            expected.push(...each.wire);
            parts.pushWire(each.wire.map((value) => Buffer.from(value)));
          } else {
            expected.push(each.text);
            parts.push(text(each.text));
          }
          await new Promise<void>((resolve) => queueMicrotask(resolve));
        }
        parts.end();
        await reading;
        for await (const part of parts) see({ done: false, value: part });
        expect(seen).toEqual(expected);
      }),
    );
  });
});
