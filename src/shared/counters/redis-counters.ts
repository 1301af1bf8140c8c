import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Balance, Counters, Verdict } from '../../core/counters.ts';
import { CallError } from '../../core/errors.ts';
import type { Log } from '../../core/ports.ts';
import { EXISTS, RAISE, READ, RENEW, RESERVE, SEED, SETTLE } from './redis-scripts.ts';

/** One hash tag, so that a cluster keeps all accounts on one node. */
const PREFIX = '{illm-count}:';
const SEEDED = 'seeded:';
/** Longer than the longest window, a month. */
const KEPT_MS = 40 * 86_400_000;
/** What a waiting client bears. */
const COMMAND_MS = 2_000;
const LONGEST_PAUSE_MS = 2_000;
/** How long calls wait for a server that has just gone, as at a restart. */
const GRACE_MS = 1_500;
const PAUSE_MS = 100;

/**
 * Counters in a Redis or Valkey server that several gateways share. Each step is one script, which Redis runs alone. An
 * account is one hash: `b:<bucket>` counts what was used, `r:<id>` is a reservation, `<amount> <until>`.
 */
export function redisCounters(url: string, log: Log): Counters {
  const redis = new Redis(url, {
    commandTimeout: COMMAND_MS,
    enableOfflineQueue: true,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), LONGEST_PAUSE_MS),
  });
  let downSince: number | null = null;
  let closed = false;
  const fell = (error?: Error): void => {
    if (closed || downSince !== null) return;
    downSince = performance.now();
    log.warn('Redis cannot be reached', { purpose: 'limits and budgets', error: error?.message });
  };
  redis.on('error', fell);
  redis.on('close', () => fell());
  redis.on('ready', () => {
    if (downSince !== null) log.info('Redis is reached again', { purpose: 'limits and budgets' });
    downSince = null;
  });

  /** A step that may be asked again, asked again while the server has not been away for long. */
  async function patiently<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (closed || downSince === null || performance.now() - downSince > GRACE_MS) throw error;
        await delay(PAUSE_MS);
      }
    }
  }

  async function run(
    script: string,
    accounts: readonly string[],
    ...args: readonly (string | number)[]
  ): Promise<unknown> {
    try {
      return await redis.eval(script, accounts.length, ...accounts.map((name) => PREFIX + name), ...args);
    } catch (cause) {
      throw new CallError(
        'not_ready',
        'Limits and budgets are counted in Redis, which cannot be reached; try again shortly.',
        { retryAfterMs: 2000, cause },
      );
    }
  }

  return {
    reserve: async (id, claims, now, leaseMs): Promise<Verdict> => {
      const accounts = claims.map(({ account }) => account);
      const seeds = [...new Set(claims.flatMap(({ seed }) => (seed === null ? [] : [seed])))];
      const keys = [...accounts, ...seeds.map((name) => SEEDED + name)];
      const each = claims.flatMap(({ amount, limit, oldest }) => [amount, limit, oldest]);
      const args = [id, now, now + leaseMs, KEPT_MS, accounts.length, ...each];
      const [refused, freed, ...sums] = (await patiently(() => run(RESERVE, keys, ...args))) as string[];
      const balance = (index: number): Balance => ({
        account: accounts[index] ?? '',
        used: Number(sums[index * 2]),
        reserved: Number(sums[index * 2 + 1]),
      });
      const at = Number(refused);
      if (at === 0) return { granted: true, balances: accounts.map((_, index) => balance(index)) };
      if (at < 0) return { granted: false, unseeded: seeds };
      const freedBy = freed === '' ? null : Number(freed);
      return { granted: false, unseeded: null, refused: balance(at - 1), freedBy };
    },
    renew: async (ids, accounts, until) => {
      if (ids.length > 0 && accounts.length > 0) await run(RENEW, accounts, until, KEPT_MS, ...ids);
    },
    settle: async (id, accounts, used) => {
      const names = [...new Set([...accounts, ...used.map(({ account }) => account)])];
      if (names.length === 0) return;
      const each = used.flatMap(({ account, bucket, amount }) => [
        names.indexOf(account) + 1,
        bucket,
        amount,
      ]);
      await run(SETTLE, names, id, KEPT_MS, ...each);
    },
    read: async (claims, now) => {
      if (claims.length === 0) return [];
      const accounts = claims.map(({ account }) => account);
      const sums = (await run(READ, accounts, now, ...claims.map(({ oldest }) => oldest))) as string[];
      return accounts.map((account, index) => ({
        account,
        used: Number(sums[index * 2]),
        reserved: Number(sums[index * 2 + 1]),
      }));
    },
    seed: async (name, used) => {
      const keys = [SEEDED + name, ...used.map(({ account }) => account)];
      await run(SEED, keys, KEPT_MS, ...used.flatMap(({ bucket, amount }) => [bucket, amount]));
    },
    seeded: async (name) => (await run(EXISTS, [SEEDED + name])) === 1,
    raise: async (totals) => {
      if (totals.length === 0) return;
      const each = totals.flatMap(({ oldest, bucket, used }) => [oldest, bucket, used]);
      await run(
        RAISE,
        totals.map(({ account }) => account),
        KEPT_MS,
        ...each,
      );
    },
    close: async () => {
      closed = true;
      redis.disconnect();
    },
  };
}
