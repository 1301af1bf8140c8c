import { createLocalShard, type LocalShard as OwnShard } from '../attention/local-shard.ts';
import { startShardThread } from '../attention/shard-thread.ts';
import type { ThreadShard } from '../attention/thread-shard.ts';
import { Counters } from '../cluster/wire/data/counters.ts';
import { LeaseTable } from '../cluster/wire/data/leases.ts';
import { serveShard } from '../cluster/wire/data/serve-shard.ts';
import { SharedShard } from '../cluster/wire/data/shared-shard.ts';
import { arenaBytes, kvLayout } from '../kv/layout.ts';
import { type AttentionShard, BLOCK_TOKENS, EngineError, type KvShape } from '../ports.ts';
import type { LocalShard, RunnerSettings } from './runner-messages.ts';
import type { ShardPlace } from './runner.ts';

export interface OpenShards {
  readonly shards: readonly { readonly shard: AttentionShard; readonly place: ShardPlace }[];
  readonly described: readonly LocalShard[];
  /** Rounds keys or values in place to what shards give back for them. */
  readonly round: (values: Float32Array) => void;
  /** Stops listening; the shards stay. */
  stop(): Promise<void>;
}

/** The shards of this process: the first in this thread, where other instances may reach it, the others in their own. */
export async function openLocalShards(settings: RunnerSettings, kv: KvShape): Promise<OpenShards> {
  const { instance, kvBytes, localShards } = settings;
  const { blockBytes } = kvLayout(kv);
  if (kvBytes < blockBytes * localShards)
    throw new EngineError(
      'failed',
      `${kvBytes} bytes of KV hold no block of ${BLOCK_TOKENS} tokens${localShards > 1 ? ` for each of ${localShards} shards` : ''}: one takes ${blockBytes}`,
    );
  const [ownBytes = 0, ...others] = arenaBytes(kv, kvBytes, localShards);
  const own = createLocalShard({ id: `${instance}/0`, kv, maxBytes: ownBytes });
  const threads = await startThreads(instance, kv, others);
  try {
    const served = await serveOwn(own, settings);
    return {
      shards: [
        { shard: served.shard, place: 'here' },
        ...threads.map((shard) => ({ shard, place: 'thread' }) as const),
      ],
      described: [
        { id: own.id, blocks: own.blocks, lending: served.lending },
        ...threads.map(({ id, blocks }) => ({ id, blocks, lending: null })),
      ],
      round: (values) => own.round(values),
      stop: () => served.stop(),
    };
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw error;
  }
}

/** @param parts bytes of each */
async function startThreads(
  instance: string,
  kv: KvShape,
  parts: readonly number[],
): Promise<readonly ThreadShard[]> {
  const started = await Promise.allSettled(
    parts.map((maxBytes, i) => startShardThread({ id: `${instance}/${i + 1}`, kv, maxBytes })),
  );
  const threads = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = started.find((each) => each.status === 'rejected');
  if (!failed) return threads;
  await Promise.all(threads.map((thread) => thread.close()));
  throw failed.reason;
}

interface Served {
  readonly shard: AttentionShard;
  readonly lending: LocalShard['lending'];
  stop(): Promise<void>;
}

async function serveOwn(own: OwnShard, { instance, wire }: RunnerSettings): Promise<Served> {
  const { listen, secret, tls } = wire;
  if (!listen) return { shard: own, lending: null, stop: async () => undefined };
  const leases = new LeaseTable(own.blocks);
  const counters = new Counters();
  const shared = new SharedShard(own);
  const server = await serveShard(shared, { instance, ...listen, secret, tls, leases, counters });
  return {
    shard: shared.view(),
    lending: {
      address: { id: own.id, host: listen.host, port: server.port },
      leases: leases.buffer,
      counters: counters.buffer,
    },
    stop: () => server.close(),
  };
}
