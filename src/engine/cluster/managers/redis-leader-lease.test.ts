import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REDIS, type RedisService, startRedis } from '../../../../test/services/redis.ts';
import { redisLeaderLease } from './redis-leader-lease.ts';

const LONG_MS = 60_000;

describe.skipIf(!REDIS.available)(`the gManager's place in Redis${REDIS.note}`, () => {
  let redis: RedisService;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());

  async function ready(cluster: string): Promise<ReturnType<typeof redisLeaderLease>> {
    const lease = redisLeaderLease(redis.url, cluster);
    for (;;) {
      // Fails until the connection is there.
      const isThere = await lease.release('nobody').then(
        () => true,
        () => false,
      );
      if (isThere) return lease;
      await pause(10);
    }
  }

  it('has one holder, who may renew and give it up', async () => {
    const [a, b] = [await ready('one'), await ready('one')];
    expect(await a.tryHold('a', LONG_MS)).toBe('a');
    expect(await b.tryHold('b', LONG_MS)).toBe('a');
    expect(await a.tryHold('a', LONG_MS)).toBe('a');
    await b.release('b');
    expect(await b.tryHold('b', LONG_MS)).toBe('a');
    await a.release('a');
    expect(await b.tryHold('b', LONG_MS)).toBe('b');
    expect(await a.tryHold('a', LONG_MS)).toBe('b');
    await Promise.all([a.close(), b.close()]);
  });

  it('has one for each cluster, of many who try at once', async () => {
    const [a, b] = [await ready('two'), await ready('three')];
    const holders = await Promise.all(['x', 'y', 'z'].map((id) => a.tryHold(id, LONG_MS)));
    expect(new Set(holders).size).toBe(1);
    expect(await b.tryHold('other', LONG_MS)).toBe('other');
    await Promise.all([a.close(), b.close()]);
  });

  it('is free again when its holder does not renew', async () => {
    const lease = await ready('four');
    expect(await lease.tryHold('dead', 50)).toBe('dead');
    for (;;) {
      if ((await lease.tryHold('next', LONG_MS)) === 'next') break;
      await pause(20);
    }
    await lease.close();
  });

  it('fails at once while the server cannot be reached', async () => {
    const lease = redisLeaderLease('redis://127.0.0.1:1', 'none');
    await expect(lease.tryHold('a', LONG_MS)).rejects.toThrow();
    await lease.close();
  });
});
