import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export type Direction = 'toServer' | 'toClient';

/** Stands between a client and a server, and fails as it is told. */
export interface Proxy {
  readonly port: number;
  /** Bytes that went by. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** After so many more bytes in that direction, every connection breaks. */
  cutAfter(direction: Direction, bytes: number): void;
  /** Nothing goes through any more, and nothing closes. */
  freeze(): void;
  /** The senders' bytes stay where they are. */
  stopReading(): void;
  close(): Promise<void>;
}

export async function startProxy(serverPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const passed = { toServer: 0, toClient: 0 };
  const left: Record<Direction, number> = { toServer: Infinity, toClient: Infinity };
  let frozen = false;

  function pipe(from: Socket, to: Socket, direction: Direction): void {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => undefined);
    from.on('data', (chunk: Buffer) => {
      if (frozen) return;
      const part = chunk.subarray(0, left[direction]);
      passed[direction] += part.length;
      left[direction] -= chunk.length;
      if (left[direction] > 0) to.write(part);
      else to.end(part, () => breakAll());
    });
    from.on('close', () => {
      sockets.delete(from);
      if (!frozen) to.destroy();
    });
  }

  function breakAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    pipe(client, upstream, 'toServer');
    pipe(upstream, client, 'toClient');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    passed,
    cutAfter(direction, bytes) {
      left[direction] = bytes;
      if (bytes <= 0) breakAll();
    },
    freeze() {
      frozen = true;
    },
    stopReading() {
      for (const socket of sockets) socket.pause();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakAll();
      }),
  };
}
