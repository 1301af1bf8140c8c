import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REDIS, type RedisService, startRedis } from '../../../test/services/redis.ts';
import type { AnswerStore } from '../../core/answer-store.ts';
import type { Log } from '../../core/ports.ts';
import { answerStoreContract } from './answer-store.contract.ts';
import { localAnswerStore } from './local-answer-store.ts';
import { redisAnswerStore } from './redis-answer-store.ts';

answerStoreContract('this process', async (maxBytes) => {
  let now = 1_800_000_000_000;
  const store = localAnswerStore(maxBytes, { now: () => now });
  return {
    store,
    pass: async (ms) => {
      now += ms;
    },
  };
});

describe.skipIf(!REDIS.available)(`Redis${REDIS.note}`, () => {
  let redis: RedisService;
  const open: AnswerStore[] = [];
  const said: string[] = [];
  const note = (message: string): void => {
    said.push(message);
  };
  const log: Log = { info: note, warn: note, error: note };

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()));
  });
  afterAll(() => redis.kill());

  async function connected(maxBytes: number): Promise<AnswerStore> {
    const store = redisAnswerStore(redis.url, maxBytes, log);
    open.push(store);
    await until(async () => {
      await store.put('probe', Buffer.from('x'), 1000);
      return (await store.get('probe')) !== null;
    });
    await store.clear();
    return store;
  }

  answerStoreContract('Redis', async (maxBytes) => ({
    store: await connected(maxBytes),
    pass: (ms) => pause(ms),
  }));

  it('lends the right to make an answer to one process at a time', async () => {
    const [one, other] = [await connected(1000), await connected(1000)];
    const lease = await one.lease('mine');
    expect(await other.lease('mine')).toBeNull();
    expect(await other.leased('mine')).toBe(true);
    await lease!.release();
    const second = await other.lease('mine');
    expect(second).not.toBeNull();
    // What was given back is no longer ours to give back.
    await lease!.release();
    expect(await one.leased('mine')).toBe(true);
    await second!.release();
  });

  it('is a cache that holds nothing while it is away, says so, and comes back', async () => {
    const store = await connected(10_000);
    await store.put('a', Buffer.from('x'), 60_000);
    said.length = 0;
    await redis.kill();
    await until(async () => (await store.get('a')) === null);
    expect(await store.put('b', Buffer.from('x'), 60_000)).toBe(false);
    expect(await store.lease('b')).not.toBeNull();
    expect(await store.leased('b')).toBe(false);
    expect(await store.clear()).toBe(0);
    expect(await store.size()).toMatchObject({ entries: 0 });
    const told = (): number => said.filter((line) => line.includes('nothing is answered from')).length;
    await until(async () => told() > 0);
    expect(told()).toBe(1);
    await redis.start();
    await until(() => store.put('b', Buffer.from('x'), 60_000));
    expect(said.at(-1)).toContain('reached again');
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(10);
}
