import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFrontServer, type Front } from './http-server.ts';

let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.closeAllConnections();
  server?.close();
});

async function listen(change: Partial<Front> = {}): Promise<number> {
  server = createFrontServer({
    gateway: {
      handles: (url) => url.startsWith('/v1/'),
      handle: (req, res) =>
        void req.resume().on('end', () => res.end(`gateway ${Object.keys(req.headers).length}`)),
    },
    api: { routing: (_req, res) => void res.end('api') },
    requestMs: 60_000,
    ...change,
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Sends bytes as they are and gives everything that comes back until the server closes, or has said `until`. */
async function exchange(port: number, bytes: string, until?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.write(bytes);
  let answer = '';
  for await (const chunk of socket) {
    answer += String(chunk);
    if (until !== undefined && answer.includes(until)) break;
  }
  return answer;
}

describe('the HTTP server', () => {
  it('gives the gateway its paths and the API all others', async () => {
    const port = await listen();
    expect(await (await fetch(`http://127.0.0.1:${port}/v1/chat/completions`)).text()).toMatch(/^gateway/);
    expect(await (await fetch(`http://127.0.0.1:${port}/anything`)).text()).toBe('api');
  });

  it('answers pipelined requests in their order', async () => {
    const port = await listen();
    const one = 'GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n';
    const two = 'GET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    expect(await exchange(port, one + two)).toMatch(/gateway 1[^]*api$/);
  });

  it('answers a client that has closed its sending half', async () => {
    const port = await listen();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    socket.end('GET /y HTTP/1.1\r\nHost: a\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toContain('api');
  });

  it.each([
    ['what is no HTTP', 'hello\r\n\r\n', '400 Bad Request'],
    ['a broken header', 'GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n', '400 Bad Request'],
    ['headers without end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}`, '431 Request Header'],
    [
      'a flood of headers',
      `GET / HTTP/1.1\r\nHost: a\r\n${'a:b\r\n'.repeat(5000)}\r\n`,
      '431 Request Header',
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      '400 Bad Request',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      '400 Bad Request',
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
  ])('refuses %s and closes', async (_name, bytes, status) => {
    expect(await exchange(await listen(), bytes)).toContain(`HTTP/1.1 ${status}`);
  });

  it('drops no header', async () => {
    const port = await listen();
    const many = Array.from({ length: 200 }, (_, i) => `${i.toString(36)}:1\r\n`).join('');
    const answer = await exchange(port, `GET /v1/x HTTP/1.1\r\nHost: a\r\n${many}Connection: close\r\n\r\n`);
    expect(answer).toContain('gateway 202');
  });

  it('gives up on a request that does not arrive in time', async () => {
    const port = await listen({ requestMs: 100 });
    const slow = 'POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab';
    const [body, headers] = await Promise.all([
      exchange(port, slow),
      exchange(port, 'GET /v1/x HTTP/1.1\r\nHo'),
    ]);
    expect(body).toContain('408 Request Timeout');
    expect(body).toContain('limits.requestMs');
    expect(headers).toContain('408 Request Timeout');
  });

  it('writes nothing into an answer that has begun', async () => {
    const port = await listen({
      gateway: { handles: () => true, handle: (_req, res) => void res.writeHead(200).write('begun') },
    });
    const broken = 'POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n';
    const answer = await exchange(port, broken);
    expect(answer.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });
});
