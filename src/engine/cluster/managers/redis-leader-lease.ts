import { Redis } from 'ioredis';
import type { LeaderLease } from './election.ts';
import type { InstanceId } from './messages.ts';

const HOLD = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`;

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

const LONGEST_PAUSE_MS = 2_000;

/**
 * The gManager's place in a Redis or Valkey server.
 * @param cluster names the instances that share a gManager
 * @param onError called for each failure to reach the server; without it, instances elect the gManager among themselves
 */
export function redisLeaderLease(
  url: string,
  cluster: string,
  onError: (error: Error) => void = () => {},
): LeaderLease {
  const key = `infinite-llm:gmanager:${cluster}`;
  const redis = new Redis(url, {
    // An answer that comes late says nothing about now.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS),
  });
  redis.on('error', onError);
  return {
    async tryHold(id, ttlMs) {
      return (await redis.eval(HOLD, 1, key, id, Math.ceil(ttlMs))) as InstanceId;
    },
    async release(id) {
      await redis.eval(RELEASE, 1, key, id);
    },
    close() {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
