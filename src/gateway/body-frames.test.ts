import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { type BodyFrames, bodyFrames } from './body-frames.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** @param write what a handler does with the body of each response, whose head was written */
async function serving(write: (body: BodyFrames, res: ServerResponse) => void): Promise<number> {
  const server = createServer((req, res) => {
    req.resume();
    res.writeHead(200, { 'content-type': 'text/plain' });
    write(bodyFrames(res), res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function got(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1' }, resolve).on('error', reject).end();
  });
}

async function raw(port: number, sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(sent);
  return text(socket);
}

it('makes one chunk of all bytes written together, and of a text its length in bytes', async () => {
  const port = await serving((body) => {
    body.write([Buffer.from('data: '), Buffer.from('é\n')]);
    body.writeText('žluťoučký');
    body.end();
  });
  const answer = await raw(port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  expect(answer).toMatch(/transfer-encoding: chunked/i);
  expect(answer.split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(
    '9\r\ndata: é\n\r\nd\r\nžluťoučký\r\n0\r\n\r\n',
  );
});

it('does not end the body where there is nothing to write', async () => {
  const port = await serving((body) => {
    body.write([]);
    body.write([new Uint8Array(0)]);
    body.writeText('');
    body.write([Buffer.from('all')]);
    body.end();
  });
  expect(await text(await got(port))).toBe('all');
});

it('leaves the connection usable for the next request', async () => {
  const port = await serving((body) => {
    body.write([Buffer.from('one')]);
    body.end();
  });
  const both = 'GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  expect((await raw(port, both)).match(/3\r\none\r\n0\r\n\r\n/g)).toHaveLength(2);
});

it('keeps pipelined answers apart when the second is written first', async () => {
  const waiting: BodyFrames[] = [];
  const port = await serving((body) => {
    waiting.push(body);
    if (waiting.length < 2) return;
    for (const [index, each] of [...waiting.entries()].reverse()) {
      each.writeText(`answer ${index}`);
      each.end();
    }
  });
  const both = 'GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  expect((await raw(port, both)).match(/answer \d\r\n0\r\n/g)).toEqual([
    'answer 0\r\n0\r\n',
    'answer 1\r\n0\r\n',
  ]);
});

it('writes plainly to a client of HTTP/1.0', async () => {
  const port = await serving((body) => {
    body.write([Buffer.from('a'), Buffer.from('b')]);
    body.writeText('c');
    body.end();
  });
  const answer = await raw(port, 'GET / HTTP/1.0\r\n\r\n');
  expect(answer.split('\r\n\r\n')[1]).toBe('abc');
});

it('tells when the socket is full, and when it is not any more', async () => {
  let isFull = (): void => undefined;
  const full = new Promise<void>((resolve) => {
    isFull = resolve;
  });
  const port = await serving((body, res) => {
    const more = (): void => {
      if (body.write([Buffer.alloc(1024 * 1024)])) setImmediate(more);
      else isFull();
    };
    res.on('drain', () => body.end());
    more();
  });
  const answer = await got(port);
  answer.pause();
  await full;
  answer.resume();
  await new Promise((resolve) => answer.on('end', resolve));
  expect(answer.complete).toBe(true);
});

it.each(['', 'the reason'])('cut off after %j, the body is not whole for its client', async (last) => {
  const port = await serving((body) => {
    body.write([Buffer.from('some ')]);
    body.cut(last);
  });
  const answer = await got(port);
  let read = '';
  answer.on('data', (chunk: Buffer) => {
    read += chunk.toString();
  });
  await new Promise((resolve) => answer.on('error', resolve));
  expect(read).toBe(`some ${last}`);
  expect(answer.complete).toBe(false);
});
