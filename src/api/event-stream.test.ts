import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { eventStream } from './event-stream.ts';

async function take(stream: AsyncIterable<unknown>, count: number): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of stream) {
    chunks.push(String(chunk));
    if (chunks.length === count) break;
  }
  return chunks;
}

it('sends events and comments, and stops its source when the reader leaves', async () => {
  const stop = vi.fn<() => void>();
  const stream = eventStream((send) => {
    setTimeout(() => send('call', { text: 'a\nb' }), 5);
    return stop;
  }, 20);
  expect((await take(stream, 3)).join('')).toBe(
    ': connected\n\nevent: call\ndata: {"text":"a\\nb"}\n\n: still here\n\n',
  );
  await delay(0);
  expect(stop).toHaveBeenCalledOnce();
});

it('holds a bounded number of events for a reader that does not read', async () => {
  let tell: (event: string, data: unknown) => void = () => undefined;
  const stream = eventStream((send) => {
    tell = send;
    return () => undefined;
  });
  for (let i = 0; i < 5000; i++) tell('call', 'x'.repeat(100));
  expect(stream.readableLength).toBeLessThan(200_000);
  stream.destroy();
});
