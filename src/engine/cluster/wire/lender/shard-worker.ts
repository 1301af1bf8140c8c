import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../../../core/message-of.ts';
import { createLocalShard } from '../../../attention/local-shard.ts';
import type { KvShape, ShardId } from '../../../ports.ts';
import { Counters } from '../data/counters.ts';
import { LeaseTable } from '../data/leases.ts';
import { serveShard } from '../data/serve-shard.ts';
import type { TlsOptions } from '../tls.ts';

/** What a lender's thread is started with. */
export interface ShardWorkerData {
  readonly id: ShardId;
  readonly kv: KvShape;
  readonly maxBytes: number;
  readonly instance: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  readonly leases: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

/** What it says when it listens, or why it does not; then it says nothing more. */
export type ShardWorkerGreeting =
  | { readonly ready: true; readonly port: number }
  | { readonly ready: false; readonly why: string };

const COUNT_EVERY_MS = 500;

async function start(data: ShardWorkerData): Promise<void> {
  const { id, kv, maxBytes } = data;
  const shard = createLocalShard({ id, kv, maxBytes });
  const counters = new Counters(data.counters);
  const { port } = await serveShard(shard, { ...data, leases: new LeaseTable(data.leases), counters });
  counters.set('committedBytes', shard.committedBytes());
  setInterval(() => counters.set('committedBytes', shard.committedBytes()), COUNT_EVERY_MS).unref();
  greet({ ready: true, port });
}

function greet(greeting: ShardWorkerGreeting): void {
  parentPort?.postMessage(greeting);
}

start(workerData as ShardWorkerData).catch((error: unknown) => {
  greet({ ready: false, why: messageOf(error) });
  parentPort?.close();
});
