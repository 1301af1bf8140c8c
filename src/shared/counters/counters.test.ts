import { MessageChannel } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REDIS, type RedisService, startRedis } from '../../../test/services/redis.ts';
import { silentLog } from '../../../test/services/silent-log.ts';
import { threadChannel } from '../../core/channel.ts';
import { channelCounters, localCounters, redisCounters, serveCounters } from './index.ts';
import { countersContract } from './counters.contract.ts';

countersContract('counters of one process', async () => {
  const counters = localCounters();
  return { ends: [counters], close: () => counters.close() };
});

countersContract('counters of workers', async () => {
  const owner = localCounters();
  const lines = Array.from({ length: 3 }, () => new MessageChannel());
  for (const { port1 } of lines) serveCounters(owner, threadChannel(port1));
  const ends = lines.map(({ port2 }) => channelCounters(threadChannel(port2)));
  return {
    ends: [owner, ...ends],
    close: async () => {
      for (const { port1 } of lines) port1.close();
      await owner.close();
    },
  };
});

it('fails, and hangs nobody, when the owner is gone', async () => {
  const { port1, port2 } = new MessageChannel();
  const counters = channelCounters(threadChannel(port2));
  const asked = counters.read([{ account: 'a', oldest: 0 }], 0);
  port1.close();
  await expect(asked).rejects.toMatchObject({ code: 'not_ready' });
  await expect(counters.read([], 0)).rejects.toMatchObject({ code: 'not_ready' });
});

describe(`Redis${REDIS.note}`, () => {
  let redis: RedisService | undefined;
  beforeAll(async () => {
    if (REDIS.available) redis = await startRedis();
  });
  afterAll(() => redis?.kill());

  countersContract(
    'counters of three gateways over Redis',
    async () => {
      const ends = Array.from({ length: 3 }, () => redisCounters(redis?.url ?? '', silentLog));
      return {
        ends,
        close: async () => {
          await Promise.all(ends.map((each) => each.close()));
        },
      };
    },
    !REDIS.available,
  );
});

it('says that Redis cannot be reached', async () => {
  const counters = redisCounters('redis://:hunter2@127.0.0.1:1', silentLog);
  const claim = { account: 'a', amount: 1, limit: 1, bucket: 0, oldest: 0, seed: null };
  const failure = await counters.reserve('x', [claim], 0, 1000).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'not_ready', message: expect.stringContaining('Redis') });
  expect(JSON.stringify(failure)).not.toContain('hunter2');
  await counters.close();
});
