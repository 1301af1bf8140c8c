import { MessageChannel } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { REDIS, type RedisService, startRedis } from '../../test/services/redis.ts';
import { recordingLog, silentLog } from '../../test/services/silent-log.ts';
import { threadChannel } from '../core/channel.ts';
import type { Bus } from '../core/ports.ts';
import { type BusPair, busContract } from './bus.contract.ts';
import { ipcBus, serveBus } from './ipc-bus.ts';
import { localBus } from './local-bus.ts';
import { redisBus } from './redis-bus.ts';

const ready = async (): Promise<void> => {};

/** A worker's bus, connected to its owner's. */
function worker(owner: Bus): { bus: Bus; close: () => Promise<void> } {
  const { port1, port2 } = new MessageChannel();
  const disconnect = serveBus(owner, threadChannel(port1));
  const close = async (): Promise<void> => {
    disconnect();
    port1.close();
  };
  return { bus: ipcBus(threadChannel(port2)), close };
}

busContract('the local bus', async () => {
  const bus = localBus();
  return { a: bus, b: bus, connected: ready };
});

busContract('a worker and its owner', async () => {
  const owner = localBus();
  const { bus, close } = worker(owner);
  return { a: bus, b: owner, connected: ready, close };
});

busContract('two workers of one owner', async () => {
  const owner = localBus();
  const [a, b] = [worker(owner), worker(owner)];
  return {
    a: a.bus,
    b: b.bus,
    connected: ready,
    close: async () => {
      await Promise.all([a.close(), b.close(), owner.close()]);
    },
  };
});

it('lets no listener that throws keep others from hearing', async () => {
  const log = recordingLog();
  const bus = localBus(log);
  const heard: string[] = [];
  bus.subscribe('keys', () => {
    throw new Error('oops');
  });
  bus.subscribe('keys', (message) => heard.push(message));
  bus.publish('keys', 'x');
  await vi.waitFor(() => expect(heard).toEqual(['x']));
  expect(log.lines).toEqual(['error A listener of the bus failed']);
});

it('forgets a worker that is gone', async () => {
  const { port1, port2 } = new MessageChannel();
  const owner = localBus();
  const unsubscribe = vi.fn();
  serveBus({ ...owner, subscribe: () => unsubscribe }, threadChannel(port1));
  ipcBus(threadChannel(port2)).subscribe('keys', () => {});
  await new Promise((resolve) => setTimeout(resolve, 20));
  port2.close();
  await vi.waitFor(() => expect(unsubscribe).toHaveBeenCalledOnce());
});

describe(`Redis${REDIS.note}`, () => {
  let redis: RedisService | undefined;
  beforeAll(async () => {
    if (REDIS.available) redis = await startRedis();
  });
  afterAll(() => redis?.kill());

  function pair(): BusPair {
    const [a, b] = [redisBus(redis?.url ?? '', silentLog), redisBus(redis?.url ?? '', silentLog)];
    return { a, b, connected: () => reach(a, b) };
  }

  busContract('two gateways over Redis', async () => pair(), !REDIS.available);

  busContract(
    'a worker here and a gateway elsewhere over Redis',
    async () => {
      const { a: owner, b } = pair();
      const { bus, close } = worker(owner);
      return {
        a: bus,
        b,
        connected: () => reach(owner, b),
        close: async () => {
          await close();
          await owner.close();
        },
      };
    },
    !REDIS.available,
  );

  it.skipIf(!REDIS.available)(
    'comes back after the server was killed, and meanwhile serves this process',
    async () => {
      const log = recordingLog();
      const [a, b] = [redisBus(redis?.url ?? '', log), redisBus(redis?.url ?? '', silentLog)];
      await reach(a, b);
      await redis?.kill();
      const heard: string[] = [];
      a.subscribe('keys', (message) => heard.push(message));
      await vi.waitFor(() =>
        expect(log.lines.filter((line) => line.startsWith('warn')).length).toBeGreaterThan(0),
      );
      for (let count = 0; count < 100; count += 1) a.publish('keys', 'alone');
      await vi.waitFor(() => expect(heard).toHaveLength(100));
      await redis?.start();
      await reach(a, b);
      expect(log.lines.filter((line) => line.startsWith('warn')).length).toBeLessThanOrEqual(2);
      await Promise.all([a.close(), b.close()]);
    },
  );

  it('never throws, and closes, without a server', async () => {
    const log = recordingLog();
    const bus = redisBus('redis://:hunter2@127.0.0.1:1', log);
    const heard: string[] = [];
    bus.subscribe('keys', (message) => heard.push(message));
    bus.publish('keys', 'x');
    await vi.waitFor(() => expect(heard).toEqual(['x']));
    await vi.waitFor(() => expect(log.lines.length).toBeGreaterThan(0));
    await bus.close();
    bus.publish('keys', 'y');
    expect(log.lines.join()).not.toContain('hunter2');
  });
});

/** Waits until each hears the other. */
async function reach(a: Bus, b: Bus): Promise<void> {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const topic = `hello ${Math.random()}`;
    let heard = false;
    const stop = to.subscribe(topic, () => {
      heard = true;
    });
    await vi.waitFor(
      () => {
        from.publish(topic, '');
        expect(heard).toBe(true);
      },
      { timeout: 15_000, interval: 50 },
    );
    stop();
  }
}
