import type { Log } from '../../core/ports.ts';
import type { LeaderLease } from '../../engine/cluster/managers/index.ts';
import type { Io } from '../io.ts';
import { REDIS_VARIABLE } from './exposure.ts';

/** The gManager's place in Redis, if one is configured. @param model fingerprint: those that serve it share a gManager */
export async function openLeaderPlace(env: Io['env'], model: string, log: Log): Promise<LeaderLease | null> {
  const url = env[REDIS_VARIABLE]?.trim();
  if (!url) return null;
  const { redisLeaderLease } = await import('../../engine/cluster/managers/index.ts');
  let isTold = false;
  return redisLeaderLease(url, model, (error) => {
    if (!isTold) log.warn('Redis is not reached; the eldest process is gManager', { error: error.message });
    isTold = true;
  });
}
