import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  connect,
  CONTROL_LIMITS,
  decodeJson,
  encodeJson,
  type Hello,
  type Limits,
  listen,
  type Peer,
  type TlsOptions,
  type WireError,
} from './index.ts';
import { HEADER_BYTES, newFrame } from './layout.ts';
import { clientTls, serverTls } from './testing/certificate.contract.ts';
import { startProxy } from './testing/proxy.contract.ts';
import { RawClient } from './testing/raw-client.contract.ts';

const hello: Hello = { role: 'control', instance: 'a', shard: null, kv: null };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Pair {
  readonly client: Peer;
  readonly server: Peer;
  readonly port: number;
}

async function pair(options: { limits?: Partial<Limits>; through?: typeof startProxy; tls?: boolean } = {}) {
  const limits = { ...CONTROL_LIMITS, ...options.limits };
  const arrivals: ((peer: Peer) => void)[] = [];
  const [secret, host] = ['s', '127.0.0.1'];
  const tlsOf = (it: TlsOptions): TlsOptions | null => (options.tls ? it : null);
  const listener = await listen({
    host,
    port: 0,
    secret,
    tls: tlsOf(serverTls),
    hello,
    limits,
    onPeer: (peer) => {
      const arrived = arrivals.shift();
      if (arrived) arrived(peer);
      else peer.onFrame(() => undefined);
    },
  });
  cleanups.push(() => listener.close());
  const proxy = await options.through?.(listener.port);
  if (proxy) cleanups.push(() => proxy.close());
  const port = proxy?.port ?? listener.port;
  const join = async (): Promise<Pair> => {
    const arrived = new Promise<Peer>((resolve) => arrivals.push(resolve));
    const client = await connect({
      host,
      port,
      secret,
      tls: tlsOf(clientTls),
      hello,
      limits,
      timeoutMs: 20_000,
    });
    return { client, server: await arrived, port };
  };
  return { ...(await join()), join, proxy };
}

function closing(peer: Peer): Promise<WireError> {
  return new Promise((resolve) => peer.onClose(resolve));
}

function frames(peer: Peer, count: number): Promise<[number, Buffer][]> {
  const got: [number, Buffer][] = [];
  return new Promise((resolve) =>
    peer.onFrame((type, payload) => {
      got.push([type, payload]);
      if (got.length === count) resolve(got);
    }),
  );
}

describe.each([false, true])('a peer (TLS: %s)', (tls) => {
  it('gets frames whole, in order, and those that came before it listened', async () => {
    const { client, server } = await pair({ tls });
    const large = Buffer.alloc(3_000_001, 'x');
    client.send(300, []);
    client.send(301, [Buffer.from('ab'), Buffer.from('c')]);
    client.send(302, [large.subarray(0, 5), large.subarray(5)]);
    const frame = newFrame(303, 3);
    frame.set([1, 2, 3], HEADER_BYTES);
    client.sendFrame(frame);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const got = await frames(server, 4);
    expect(got.map(([type, { length }]) => [type, length])).toEqual([
      [300, 0],
      [301, 3],
      [302, large.length],
      [303, 3],
    ]);
    expect(got[1]?.[1].toString()).toBe('abc');
    expect(got[2]?.[1].equals(large)).toBe(true);
    expect([...(got[3]?.[1] ?? [])]).toEqual([1, 2, 3]);
    expect(got.map(([, { byteOffset }]) => byteOffset % 8)).toEqual([0, 0, 0, 0]);
    expect(server.bytesReceived).toBe(client.bytesSent);
  });

  it('hears why the other closed', async () => {
    const { client, server } = await pair({ tls });
    const heard = closing(client);
    client.onFrame(() => undefined);
    server.close('refused', 'not here\n\u001b[31m');
    expect(await heard).toMatchObject({ code: 'refused', message: 'the other side says: not here  [31m' });
    expect(client.closed).toBe(true);
    client.send(300, Buffer.from('nobody reads this'));
    expect((await closing(client)).code).toBe('refused');
  });

  it('that does not read is closed when too much waits for it', async () => {
    const { client, server } = await pair({ tls, limits: { maxQueuedBytes: 4_000_000 } });
    const why = closing(server);
    client.pause();
    const part = Buffer.alloc(1_000_000);
    let sent = 0;
    for (; !server.closed && sent < 200; sent++) {
      server.send(300, part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await why).code).toBe('too_slow');
    expect(sent).toBeLessThan(100);
  });

  it('that is paused gets nothing, then everything', async () => {
    const { client, server } = await pair({ tls });
    let got = 0;
    server.onFrame(() => {
      got++;
      server.pause();
    });
    for (let index = 0; index < 5; index++) client.send(300, Buffer.from([index]));
    for (let index = 1; index <= 5; index++) {
      while (got < index) await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(got).toBe(index);
      server.resume();
    }
  });
});

it('a listener that throws closes its peer and no other', async () => {
  const { client, server, join } = await pair();
  const other = await join();
  server.onFrame(() => {
    throw new Error('cannot do that');
  });
  client.onFrame(() => undefined);
  const why = closing(client);
  client.send(300, []);
  expect(await why).toMatchObject({ code: 'failed', message: 'the other side says: cannot do that' });
  other.client.send(301, Buffer.from('on'));
  expect((await frames(other.server, 1))[0]?.[0]).toBe(301);
});

it('messages are checked: what does not fit closes the peer', async () => {
  const { client, server } = await pair();
  const schema = z.object({ blocks: z.int() });
  const blocks: number[] = [];
  server.onFrame((_, payload) => blocks.push(decodeJson(payload, (it) => schema.parse(it), 100).blocks));
  client.onFrame(() => undefined);
  const why = closing(client);
  client.send(300, encodeJson({ blocks: 3 }));
  client.send(300, encodeJson({ blocks: 'many' }));
  expect((await why).code).toBe('malformed');
  expect(blocks).toEqual([3]);
  expect(() => decodeJson(Buffer.alloc(101, ' '), () => 1, 100)).toThrow(/101 bytes, more than 100/);
});

it('what is too large for the other side is never sent', async () => {
  const { client } = await pair({ limits: { maxPayloadBytes: 1000 } });
  expect(() => client.send(300, Buffer.alloc(1001))).toThrow(RangeError);
  client.send(300, Buffer.alloc(1000));
  expect(client.closed).toBe(false);
});

it('a silent line is noticed, an idle one kept', async () => {
  const { client, server, join, proxy } = await pair({
    through: startProxy,
    limits: { keepalive: { idleMs: 20, deadlineMs: 3_000 } },
  });
  client.onFrame(() => undefined);
  server.onFrame(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([client.closed, server.closed]).toEqual([false, false]);
  const short = await join();
  for (const peer of [short.client, short.server]) peer.onFrame(() => undefined);
  proxy?.freeze();
  const whys = await Promise.all([client, server, short.client, short.server].map(closing));
  expect(whys.map(({ code }) => code)).toEqual(['timeout', 'timeout', 'timeout', 'timeout']);
});

it('frames of the layer’s own types are no business of a peer', async () => {
  const { port, server } = await pair();
  server.onFrame(() => undefined);
  const raw = await RawClient.open(port);
  await raw.shakeHands(hello, 's');
  raw.send(1, Buffer.alloc(8), 1);
  await raw.end();
  expect(server.closed).toBe(false);
});
