import { afterEach, describe, expect, it } from 'vitest';
import { connect, type Hello, listen, type Listener, type ListenOptions, type Peer } from './index.ts';

const hello: Hello = { role: 'control', instance: 'a', shard: null, kv: null };
const listeners: Listener[] = [];
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

async function start(options: Partial<ListenOptions> = {}): Promise<Listener> {
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    secret: null,
    tls: null,
    hello,
    onPeer: echo,
    ...options,
  });
  listeners.push(listener);
  return listener;
}

function echo(peer: Peer): void {
  peer.onFrame((type, payload) => peer.send(type, payload));
}

describe('smoke', () => {
  it('echoes', async () => {
    const { port } = await start({ secret: 'x' });
    const peer = await connect({
      host: '127.0.0.1',
      port,
      secret: 'x',
      tls: null,
      hello: { ...hello, instance: 'b' },
      timeoutMs: 5000,
    });
    const got = new Promise<[number, string]>((resolve) =>
      peer.onFrame((type, p) => resolve([type, p.toString()])),
    );
    peer.send(300, Buffer.from('hi'));
    expect(await got).toEqual([300, 'hi']);
    expect(peer.hello.instance).toBe('a');
    peer.close();
    await expect(
      connect({ host: '127.0.0.1', port, secret: 'y', tls: null, hello, timeoutMs: 5000 }),
    ).rejects.toThrow(/secret is not the same/);
    await expect(
      connect({ host: '127.0.0.1', port, secret: null, tls: null, hello, timeoutMs: 5000 }),
    ).rejects.toThrow(/other has none/);
  });
});
