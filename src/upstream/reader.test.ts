import { afterEach, describe, expect, it } from 'vitest';
import {
  type Answer,
  callOf,
  CHAT,
  chatStream,
  chunk,
  events,
  rig,
  type Rig,
  send,
  serve,
  serveTcp,
  type TestServer,
  until,
  wireOf,
} from './rig.contract.ts';

const streamed = () => callOf('openai-chat', '/v1/chat/completions', { ...CHAT, stream: true });
const TOKEN = chunk({ content: 'Hello' });

let server: TestServer | null = null;
let at: Rig | null = null;

async function start(answer: Answer): Promise<Rig> {
  server = await serve(answer);
  at = rig([{ baseUrl: `${server.origin}/v1` }]);
  return at;
}

async function startTcp(answer: Parameters<typeof serveTcp>[0]): Promise<Rig> {
  server = await serveTcp(answer);
  at = rig([{ baseUrl: `${server.origin}/v1` }]);
  return at;
}

afterEach(async () => {
  await server?.close();
  await at?.upstreams.close();
  server = null;
  at = null;
});

describe('a reader', () => {
  it('that leaves ends the connection at once', async () => {
    const parts = (await start((res) => events(res, TOKEN))).upstreams.get('openai')!.send(streamed());
    for await (const part of parts) if (part.type === 'wire') break;
    await until(() => server?.abandoned() === 1);
  });

  it.each([
    ['before the answer', () => undefined],
    ['within the answer', (res) => events(res, TOKEN)],
  ] as [string, Answer][])('that is gone %s ends the connection at once', async (_when, answer) => {
    const client = new AbortController();
    const call = { ...streamed(), signal: client.signal };
    const sending = send(await start(answer), call);
    await until(() => server?.received.length === 1);
    client.abort();
    const { error: thrown } = await sending;
    expect(thrown).toMatchObject({ code: 'client_aborted', status: 499 });
    await until(() => server?.abandoned() === 1);
  });

  it('that was gone before sends nothing', async () => {
    const client = new AbortController();
    client.abort();
    const call = { ...streamed(), signal: client.signal };
    const { error: thrown } = await send(await start(chatStream), call);
    expect(thrown).toMatchObject({ code: 'client_aborted' });
    expect(server?.received).toEqual([]);
    expect(call.trail.attempts).toBe(0);
  });

  it('that is slow holds the provider back, and still gets every byte', async () => {
    const big = { ...TOKEN, padding: 'x'.repeat(64 * 1024) };
    let sent = 0;
    const total = 200;
    const answer: Answer = async (res) => {
      for (; sent < total; sent++) {
        events(res, big);
        if (res.writableNeedDrain) await new Promise((resolve) => res.once('drain', resolve));
      }
      events(res, chunk({}, 'stop'), '[DONE]');
      res.end();
    };
    const iterator = (await start(answer)).upstreams.get('openai')!.send(streamed())[Symbol.asyncIterator]();
    const parts = [(await iterator.next()).value];
    // The socket buffers of the system hold some megabytes; ours must not hold the rest.
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(sent).toBeLessThan(total);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) parts.push(next.value);
    const wire = wireOf(parts);
    expect(wire.match(/"padding"/g)).toHaveLength(total);
    expect(wire.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });

  it('that is slow survives the reset of a connection that is not kept alive', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n';
    const event = `data: ${JSON.stringify({ ...TOKEN, padding: 'x'.repeat(32 * 1024) })}\n\n`;
    const parts = (
      await startTcp((socket) => {
        socket.write(head + event.repeat(32));
        setTimeout(() => socket.resetAndDestroy(), 150);
      })
    ).upstreams
      .get('openai')!
      .send(streamed());
    const iterator = parts[Symbol.asyncIterator]();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const drained = (async () => {
      for (let next = await iterator.next(); !next.done; next = await iterator.next());
    })();
    await expect(drained).rejects.toMatchObject({ code: 'upstream_truncated' });
  });
});
