import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync } from 'node:zlib';

export interface Asked {
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export interface FakeHost {
  readonly url: string;
  readonly asked: Asked[];
  /** What answers each path; the last set counts. */
  on(path: string, handler: Handler): void;
  close(): Promise<void>;
}

/** An HTTP server whose every answer the test says. Other paths are 404. */
export async function fakeHost(): Promise<FakeHost> {
  const handlers = new Map<string, Handler>();
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const { range = null, authorization = null } = request.headers;
    asked.push({ path, range, authorization });
    const handler = handlers.get(path);
    if (handler) handler(request, response);
    else response.writeHead(404).end('nothing here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    on: (path, handler) => void handlers.set(path, handler),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sendJson(value: unknown, type = 'application/json'): Handler {
  return (_request, response) => response.writeHead(200, { 'content-type': type }).end(JSON.stringify(value));
}

/** Serves bytes, with ranges. */
export function sendBytes(bytes: Uint8Array): Handler {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = bytes.subarray(from);
    response
      .writeHead(from > 0 ? 206 : 200, {
        'content-length': rest.length,
        ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
      })
      .end(rest);
  };
}

/** Serves so many bytes of what was asked for and then breaks the connection, so many times. */
export function cutOff(bytes: Uint8Array, after: number, times: number): Handler {
  let cuts = 0;
  return (request, response) => {
    if (cuts++ >= times) return sendBytes(bytes)(request, response);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': bytes.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    response.write(bytes.subarray(from, from + after), () => setTimeout(() => response.destroy(), 5));
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** A zip archive of deflated members. */
export function zipOf(members: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(members)) {
    const packed = deflateRawSync(bytes);
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, title, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    const head = Buffer.from('PK\x01\x02\x14\x00', 'latin1');
    directory.push(Buffer.concat([head, common, tail, title]));
    parts.push(local);
    at += local.length;
  }
  const all = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(all.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, all, end]);
}
