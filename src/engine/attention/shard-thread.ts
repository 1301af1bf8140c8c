import { Worker } from 'node:worker_threads';
import type { KvShape, ShardId } from '../ports.ts';
import {
  createThreadChannel,
  fail,
  type ShardThreadData,
  type ShardThreadGreeting,
} from './thread-channel.ts';
import { ThreadShard } from './thread-shard.ts';

export interface ShardThreadOptions {
  readonly id: ShardId;
  readonly kv: KvShape;
  /** For KV blocks; see `arenaBytes` for budgets over 4 GiB. */
  readonly maxBytes: number;
  /** A thread that takes longer over one command is given up. */
  readonly timeoutMs?: number;
  /** Starts the thread that runs `shard-thread-worker.ts`. */
  readonly startThread?: (data: ShardThreadData) => Worker;
}

const DEFAULT_TIMEOUT_MS = 120_000;

/**
 * A shard in a thread of its own: `attend` posts, `ready` waits, so that several shards work at once (split-KV, as
 * Flash-Decoding does). Waiting blocks the caller, except on the main thread, where `ready` gives promises.
 * @throws RangeError or Error when the thread cannot hold such a cache
 */
export async function startShardThread({
  id,
  kv,
  maxBytes,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  startThread = startWorker,
}: ShardThreadOptions): Promise<ThreadShard> {
  const channel = createThreadChannel();
  const worker = startThread({ id, kv, maxBytes, channel });
  const ended = new Promise<string>((resolve) => {
    worker.on('error', (error) => resolve(error.message));
    worker.on('exit', (code) => resolve(`its thread ended with code ${code}`));
  });
  const greeting = await Promise.race([
    new Promise<ShardThreadGreeting>((resolve) => worker.once('message', resolve)),
    ended.then((why): ShardThreadGreeting => ({ ready: false, why })),
  ]);
  if (!greeting.ready) {
    await worker.terminate();
    throw new Error(`the thread of KV shard ${id} did not start: ${greeting.why}`);
  }
  void ended.then((why) => fail(channel, why));
  return new ThreadShard({ id, kv, blocks: greeting.blocks, channel, timeoutMs, worker });
}

export function startWorker(data: ShardThreadData): Worker {
  // Threads load JavaScript only: from the sources, the built tree's file stands in.
  const place = import.meta.url.endsWith('.ts') ? '../../../dist/engine/attention/' : './';
  return new Worker(new URL(`${place}shard-thread-worker.js`, import.meta.url), {
    workerData: data,
    // What the process was started with, such as --input-type, is not meant for this file.
    execArgv: [],
  });
}
