import { arenaBytes, blockCapacity, kvLayout } from '../../../kv/layout.ts';
import type { KvShape, ShardAddress } from '../../../ports.ts';
import type { ShardStats } from '../data/counters.ts';
import { Counters } from '../data/counters.ts';
import { LeaseTable } from '../data/leases.ts';
import { assertSecretFor } from '../secret.ts';
import type { TlsOptions } from '../tls.ts';
import { type ShardThread, startShardThread } from './shard-thread.ts';

export interface LenderShardsOptions {
  readonly instance: string;
  readonly kv: KvShape;
  /** The budget over all shards. */
  readonly kvBytes: number;
  readonly host: string;
  /** Of the first shard, the next ones following; 0 or nothing: any free ones. */
  readonly port?: number;
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  /** At least; more where one arena cannot hold its part. */
  readonly threads: number;
}

export interface LenderShard {
  /** What `host` was given: a lender that listens on all addresses must tell others a better one. */
  readonly address: ShardAddress;
  readonly blocks: number;
  /** In force when it returns. */
  lease(blocks: Iterable<number>, instance: string): void;
  unlease(blocks: Iterable<number>): void;
  stats(): ShardStats & { readonly capacityBytes: number };
  /** Called once if its thread ends by itself. */
  onExit(listener: (why: string) => void): void;
}

export interface LenderShards {
  readonly shards: readonly LenderShard[];
  close(): Promise<void>;
}

/**
 * Threads of this process that hold KV for other processes' runners, one arena and one port each.
 * @throws RangeError for a budget without room for one block; Error when a thread does not come up
 */
export async function startLenderShards(options: LenderShardsOptions): Promise<LenderShards> {
  const { kv, kvBytes, host, secret, threads } = options;
  assertSecretFor(host, secret);
  const { blockBytes } = kvLayout(kv);
  const parts = arenaBytes(kv, kvBytes, threads).filter((bytes) => bytes > 0);
  if (parts.length === 0) throw new RangeError(`${kvBytes} bytes hold no KV block: one takes ${blockBytes}`);
  const started = await Promise.allSettled(parts.map((bytes, index) => startShard(options, index, bytes)));
  const running = started.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(running.map(({ thread }) => thread.stop()));
  };
  const failed = started.find((it) => it.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  return { shards: running.map(({ shard }) => shard), close };
}

async function startShard(
  { instance, kv, host, port = 0, secret, tls }: LenderShardsOptions,
  index: number,
  maxBytes: number,
): Promise<{ readonly thread: ShardThread; readonly shard: LenderShard }> {
  const id = `${instance}/${index}`;
  const leases = new LeaseTable(blockCapacity(kv, maxBytes));
  const counters = new Counters();
  const thread = await startShardThread({
    id,
    kv,
    maxBytes,
    instance,
    host,
    port: port === 0 ? 0 : port + index,
    secret,
    tls,
    leases: leases.buffer,
    counters: counters.buffer,
  });
  const shard = {
    address: { id, host, port: thread.port },
    blocks: leases.blocks,
    lease: (blocks: Iterable<number>, to: string) => leases.lease(blocks, to),
    unlease: (blocks: Iterable<number>) => leases.unlease(blocks),
    stats: () => ({ ...counters.read(), capacityBytes: maxBytes }),
    onExit: (listener: (why: string) => void) => thread.onExit(listener),
  };
  return { thread, shard };
}
