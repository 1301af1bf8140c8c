import { createServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { KvShape } from '../../ports.ts';
import { encodeHello } from './hello.ts';
import {
  connect,
  type ConnectOptions,
  CONTROL_LIMITS,
  type Hello,
  listen,
  type Listener,
  type ListenOptions,
  type Peer,
  type WireError,
} from './index.ts';
import { FRAME } from './layout.ts';
import { clientTls, serverTls } from './testing/certificate.contract.ts';
import { RawClient } from './testing/raw-client.contract.ts';

const kv: KvShape = { layers: 2, heads: 4, kvHeads: 2, headDim: 8, type: 'bf16' };
const serverHello: Hello = { role: 'control', instance: 'server', shard: null, kv };
const clientHello: Hello = { role: 'control', instance: 'client', shard: null, kv };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started extends Listener {
  readonly refused: WireError[];
}

async function start(options: Partial<ListenOptions> = {}): Promise<Started> {
  const refused: WireError[] = [];
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    secret: null,
    tls: null,
    hello: serverHello,
    onPeer: (peer) => peer.onFrame((type, payload) => peer.send(type, payload)),
    onRefused: (_, why) => refused.push(why),
    ...options,
  });
  cleanups.push(() => listener.close());
  return Object.assign(listener, { refused });
}

async function join(port: number, options: Partial<ConnectOptions> = {}): Promise<Peer> {
  const peer = await connect({
    host: '127.0.0.1',
    port,
    secret: null,
    tls: null,
    hello: clientHello,
    timeoutMs: 20_000,
    ...options,
  });
  cleanups.push(() => peer.close());
  return peer;
}

async function echo(peer: Peer, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    peer.onFrame((_, payload) => resolve(payload.toString()));
    peer.onClose(reject);
    peer.send(300, Buffer.from(text));
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe.each([
  ['without TLS', null, null],
  ['with TLS', serverTls, clientTls],
])('a handshake %s', (_, tls, clientsTls) => {
  it.each([null, 'a secret'])('joins two with the secret %s', async (secret) => {
    const { port, peers } = await start({ secret, tls });
    const peer = await join(port, { secret, tls: clientsTls });
    expect(peer.hello).toEqual(serverHello);
    expect(await echo(peer, 'hello')).toBe('hello');
    expect([...peers].map(({ hello }) => hello)).toEqual([clientHello]);
    expect([...peers][0]?.bytesReceived).toBe(peer.bytesSent);
    peer.close();
    await until(() => peers.size === 0);
  });

  it.each([
    ['another secret', 'one secret', 'another', /is not the same/],
    ['no secret where there is one', 'one secret', null, /the other has none/],
    ['a secret where there is none', null, 'one secret', /the other has none/],
  ])('is refused with %s, on both sides', async (_, here, there, message) => {
    const { port, refused, peers } = await start({ secret: here, tls });
    await expect(join(port, { secret: there, tls: clientsTls })).rejects.toMatchObject({
      code: 'secret',
      message: expect.stringMatching(message),
    });
    await until(() => refused.length === 1);
    expect(refused[0]).toMatchObject({ code: 'secret', message: expect.stringMatching(message) });
    expect(peers.size).toBe(0);
  });

  it('leaves a connection that says nothing, or says it too slowly, after a while', async () => {
    const { port, refused } = await start({ tls, limits: { ...CONTROL_LIMITS, handshakeTimeoutMs: 150 } });
    const silent = await RawClient.open(port);
    const slow = await RawClient.open(port);
    const hello = encodeHello(clientHello, 1000, false);
    slow.send(FRAME.HELLO, hello.subarray(0, 20));
    const drip = setInterval(() => slow.write(Buffer.from([0])), 20);
    cleanups.push(() => clearInterval(drip));
    await silent.end();
    await slow.end();
    await until(() => refused.length === 2);
  });

  it('keeps few strangers, and a newcomer is not kept out by them', async () => {
    const { port } = await start({ tls, maxStrangers: 4 });
    const strangers: RawClient[] = [];
    for (let index = 0; index < 12; index++) strangers.push(await RawClient.open(port));
    await Promise.all(strangers.slice(0, 8).map((it) => it.end()));
    const peer = await join(port, { tls: clientsTls });
    expect(await echo(peer, 'in')).toBe('in');
    const open = strangers.filter(({ closed }) => !closed).length;
    expect(open).toBeLessThanOrEqual(4);
    expect(open).toBeGreaterThanOrEqual(3);
    // Those who proved themselves are no strangers any more.
    for (let index = 0; index < 8; index++) await RawClient.open(port);
    expect(await echo(peer, 'still')).toBe('still');
  });

  it('gives up on a server that accepts and says nothing', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as { port: number };
    await expect(join(port, { tls: clientsTls, timeoutMs: 100 })).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('a hello', () => {
  it.each<[string, Hello, RegExp]>([
    ['another role', { ...clientHello, role: 'data' }, /for control connections, not for data/],
    [
      'another shape',
      { ...clientHello, kv: { ...kv, heads: 8 } },
      /KV of 2 layers, 8 heads.* does not fit KV of 2 layers, 4 heads/,
    ],
    ['another type', { ...clientHello, kv: { ...kv, type: 'int8' } }, /int8 does not fit .*bf16/],
    ['another shard', { ...clientHello, shard: 'x/0' }, /here is shard none, not x\/0/],
  ])('of %s is refused, on both sides', async (_, hello, message) => {
    const { port, refused } = await start({ secret: 'x' });
    await expect(join(port, { secret: 'x', hello })).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringMatching(message),
    });
    await until(() => refused.length === 1);
    expect(refused[0]?.message).toMatch(message);
  });

  it('that does not know the shape yet is taken', async () => {
    const { port } = await start();
    const peer = await join(port, { hello: { ...clientHello, kv: null } });
    expect(peer.hello.kv).toEqual(kv);
  });

  it('of versions that are not spoken here is refused', async () => {
    const { port, refused } = await start();
    const raw = await RawClient.open(port);
    const hello = encodeHello(clientHello, 1000, false);
    hello.writeUInt16LE(7, 4);
    hello.writeUInt16LE(9, 6);
    raw.send(FRAME.HELLO, hello);
    const answer = await raw.next();
    expect(answer?.type).toBe(FRAME.REJECT);
    expect(answer?.payload.subarray(4).toString()).toMatch(/versions 7 to 9 .* other 1 to 1/);
    await raw.end();
    expect(refused[0]?.code).toBe('version');
  });

  it('of a later release that still speaks ours is taken', async () => {
    const { port } = await start();
    const raw = await RawClient.open(port);
    const hello = encodeHello(clientHello, 1000, false);
    hello.writeUInt16LE(9, 6);
    raw.send(FRAME.HELLO, hello);
    expect((await raw.next())?.type).toBe(FRAME.HELLO);
    raw.socket.destroy();
  });

  it.each([
    ['no JSON', (hello: Buffer) => hello.fill('x', 48)],
    ['no magic', (hello: Buffer) => hello.fill(0, 0, 4)],
    ['nothing but its start', (hello: Buffer) => hello.subarray(0, 30)],
    ['an authentication that does not exist', (hello: Buffer) => hello.fill(9, 12, 13)],
  ])('with %s is refused', async (_, spoil) => {
    const { port, refused } = await start();
    const raw = await RawClient.open(port);
    raw.send(FRAME.HELLO, spoil(encodeHello(clientHello, 1000, false)));
    expect((await raw.next())?.type).toBe(FRAME.REJECT);
    await raw.end();
    expect(refused[0]?.code).toBe('malformed');
  });
});

describe('a stranger without the secret', () => {
  it('gains nothing by playing back what it has seen', async () => {
    const { port, peers, refused } = await start({ secret: 'x' });
    const honest = await RawClient.open(port);
    const sent: Buffer[] = [];
    const write = honest.write.bind(honest);
    honest.write = (bytes) => {
      sent.push(Buffer.from(bytes));
      write(bytes);
    };
    await honest.shakeHands(clientHello, 'x');
    await until(() => peers.size === 1);
    const replay = await RawClient.open(port);
    for (const bytes of sent) replay.write(bytes);
    expect((await replay.next())?.type).toBe(FRAME.HELLO);
    expect((await replay.next())?.type).toBe(FRAME.REJECT);
    await replay.end();
    expect(refused[0]?.code).toBe('secret');
    expect(peers.size).toBe(1);
    honest.socket.destroy();
  });

  it('cannot answer as a server, not even with the client’s own proof', async () => {
    const server = createServer((socket) => {
      const raw = new RawClient(socket);
      const answer = async (): Promise<void> => {
        await raw.next();
        raw.send(FRAME.HELLO, encodeHello(serverHello, 1000, true));
        raw.send(FRAME.PROOF, (await raw.next())?.payload ?? Buffer.alloc(0));
      };
      void answer();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as { port: number };
    await expect(join(port, { secret: 'x' })).rejects.toMatchObject({ code: 'secret' });
  });

  it('cannot pass both sides’ proofs on between two TLS sessions', async () => {
    const { port } = await start({ secret: 'x', tls: serverTls });
    const { ca, cert, key } = serverTls as Required<typeof serverTls>;
    const between = createTlsServer({ cert, key }, (client) => {
      const upstream = connectTls({ host: '127.0.0.1', port, ca });
      client.on('error', () => undefined).pipe(upstream);
      upstream.on('error', () => undefined).pipe(client);
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => between.close());
    const address = between.address() as { port: number };
    await expect(join(address.port, { secret: 'x', tls: clientTls })).rejects.toMatchObject({
      code: 'secret',
    });
    const peer = await join(port, { secret: 'x', tls: clientTls });
    expect(await echo(peer, 'directly')).toBe('directly');
  });
});

it('a server of an unknown authority is refused', async () => {
  const { port } = await start({ tls: serverTls });
  await expect(join(port, { tls: {} })).rejects.toThrow(/certificate|verify/i);
});

it('nobody listening is an error with the place in it', async () => {
  const listener = await start();
  await listener.close();
  const { port } = listener;
  await expect(join(port)).rejects.toThrow(new RegExp(`127.0.0.1:${port}`));
});

it('off loopback a secret is needed, on both sides', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'secret' });
  await expect(join(1, { host: '192.0.2.1' })).rejects.toMatchObject({ code: 'secret' });
});
