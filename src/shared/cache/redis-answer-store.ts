import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { type AnswerLease, type AnswerStore, FREE_LEASE } from '../../core/answer-store.ts';
import type { Log } from '../../core/ports.ts';
import { CLEAR, GET, KEYS, PUT, RELEASE, RENEW, SIZE } from './redis-scripts.ts';

/** Longer than a busy event loop stands still, shorter than what a waiting client bears when the holder has died. */
const LEASE_MS = 6_000;
/** A cache that takes longer is worth nothing. */
const COMMAND_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
const CLEARED_AT_ONCE = 1_000;
const TRACKED = [KEYS.used, KEYS.ends, KEYS.sizes, KEYS.total, KEYS.value] as const;

/** Answers in a Redis or Valkey server that several gateways share. While it is away, nothing is kept and nothing found. */
export function redisAnswerStore(url: string, maxBytes: number, log: Log): AnswerStore {
  const redis = connect(url, log);
  const held = new Set<NodeJS.Timeout>();
  let failing = false;

  async function attempt<T, U>(what: string, otherwise: U, work: () => Promise<T>): Promise<T | U> {
    if (redis.status !== 'ready') return otherwise;
    try {
      const result = await work();
      failing = false;
      return result;
    } catch (error) {
      if (!failing) log.warn('the answer cache in Redis fails; calls go on without it', { what, error });
      failing = true;
      return otherwise;
    }
  }

  async function call(script: string, ...args: readonly (string | number | Buffer)[]): Promise<unknown> {
    return redis.eval(script, TRACKED.length, ...TRACKED, ...args);
  }

  function hold(name: string, holder: string): AnswerLease {
    const key = KEYS.lease + name;
    const renewal = setInterval(() => {
      void attempt('renew', 0, () => redis.eval(RENEW, 1, key, holder, LEASE_MS));
    }, LEASE_MS / 3);
    renewal.unref();
    held.add(renewal);
    return {
      release: async () => {
        clearInterval(renewal);
        held.delete(renewal);
        await attempt('release', 0, () => redis.eval(RELEASE, 1, key, holder));
      },
    };
  }

  return {
    reach: 'shared',
    get: (name) =>
      attempt('get', null, async () => {
        const args = [GET, TRACKED.length, ...TRACKED, name] as const;
        const value = await redis.callBuffer('EVAL', ...args);
        return Buffer.isBuffer(value) ? value : null;
      }),
    put: async (name, value, ttlMs) => {
      if (value.length > maxBytes || ttlMs < 1) return false;
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      return attempt('put', false, async () => {
        await call(PUT, name, bytes, Math.floor(ttlMs), bytes.length, maxBytes);
        return true;
      });
    },
    lease: (name) =>
      attempt('lease', FREE_LEASE, async () => {
        const holder = randomUUID();
        const taken = await redis.set(KEYS.lease + name, holder, 'PX', LEASE_MS, 'NX');
        return taken === 'OK' ? hold(name, holder) : null;
      }),
    leased: (name) => attempt('leased', false, async () => (await redis.exists(KEYS.lease + name)) === 1),
    clear: async () => {
      let forgotten = 0;
      for (;;) {
        const some = Number(await attempt('clear', 0, () => call(CLEAR, CLEARED_AT_ONCE)));
        forgotten += some;
        if (some < CLEARED_AT_ONCE) return forgotten;
      }
    },
    size: () =>
      attempt('size', { entries: 0, bytes: 0, maxBytes }, async () => {
        const [entries, bytes] = (await call(SIZE)) as [number, number];
        return { entries, bytes, maxBytes };
      }),
    close: async () => {
      for (const renewal of held) clearInterval(renewal);
      redis.disconnect();
    },
  };
}

function connect(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    // What cannot be asked now is a miss, and not worth waiting for.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    retryStrategy: (tries) =>
      Math.min(50 * 2 ** Math.min(tries, 10), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2),
  });
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down)
      log.warn('Redis cannot be reached: nothing is answered from the cache', { error: error.message });
    down = true;
  });
  redis.on('close', () => {
    if (!down && redis.status !== 'end') log.warn('Redis is gone: nothing is answered from the cache');
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.info('Redis is reached again: answers are cached');
    down = false;
  });
  return redis;
}
