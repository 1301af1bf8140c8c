import type { Channel } from '../../core/channel.ts';
import type { Counters } from '../../core/counters.ts';
import { CallError } from '../../core/errors.ts';
import { messageOf } from '../../core/message-of.ts';

type Method = Exclude<keyof Counters, 'close'>;

interface Request {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly failed?: string;
}

const METHODS: ReadonlySet<string> = new Set<Method>([
  'reserve',
  'renew',
  'settle',
  'read',
  'seed',
  'seeded',
  'raise',
]);

/** A worker's counters: those of its owner, where `serveCounters` runs. */
export function channelCounters(channel: Channel): Counters {
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let gone = false;
  const stopReceiving = channel.receive((message) => {
    const { id, result, failed } = message as Reply;
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (failed === undefined) waiter?.resolve(result);
    else waiter?.reject(new CallError('not_ready', failed));
  });
  const stopWatching = channel.onClose(shut);

  function shut(): void {
    gone = true;
    stopReceiving();
    stopWatching();
    for (const waiter of waiting.values()) waiter.reject(unreachable());
    waiting.clear();
  }

  async function ask<T>(method: Method, ...args: readonly unknown[]): Promise<T> {
    if (gone) throw unreachable();
    lastId += 1;
    const id = lastId;
    return await new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: (result) => resolve(result as T), reject });
      channel.send({ id, method, args } satisfies Request);
    });
  }

  return {
    reserve: (...args) => ask('reserve', ...args),
    renew: (...args) => ask('renew', ...args),
    settle: (...args) => ask('settle', ...args),
    read: (...args) => ask('read', ...args),
    seed: (...args) => ask('seed', ...args),
    seeded: (...args) => ask('seeded', ...args),
    raise: (...args) => ask('raise', ...args),
    close: async () => shut(),
  };
}

/** Answers the requests of one worker's `channelCounters`. Returns the way to stop. */
export function serveCounters(counters: Counters, channel: Channel): () => void {
  const stopReceiving = channel.receive((message) => {
    const { id, method, args } = message as Request;
    if (!METHODS.has(method)) return;
    const work = (counters[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    work.then(
      (result) => channel.send({ id, result } satisfies Reply),
      (error: unknown) => channel.send({ id, failed: messageOf(error) } satisfies Reply),
    );
  });
  const stopWatching = channel.onClose(stop);
  function stop(): void {
    stopReceiving();
    stopWatching();
  }
  return stop;
}

function unreachable(): CallError {
  return new CallError('not_ready', 'The process that counts limits and budgets is gone.', {
    retryAfterMs: 1000,
  });
}
