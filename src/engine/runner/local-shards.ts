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

/**
 * The shards of this process: the first in this thread, the others in their own. Other instances reach all of them through
 * this thread, each at a port of its own.
 */
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
  const served: Served[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(served.map((each) => each.stop()));
  };
  try {
    for (const [index, shard] of [own, ...threads].entries())
      served.push(await serve(shard, index, settings));
    return {
      shards: served.map(({ shard }, index) => ({ shard, place: index === 0 ? 'here' : 'thread' })),
      described: served.map(({ shard: { id }, blocks, lending }) => ({ id, blocks, lending })),
      round: (values) => own.round(values),
      stop,
    };
  } catch (error) {
    await stop();
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
  readonly blocks: number;
  readonly lending: LocalShard['lending'];
  stop(): Promise<void>;
}

async function serve(
  shard: OwnShard | ThreadShard,
  index: number,
  { instance, wire: { listen, secret, tls } }: RunnerSettings,
): Promise<Served> {
  const { id, blocks } = shard;
  if (!listen) return { shard, blocks, lending: null, stop: async () => undefined };
  const { host } = listen;
  const leases = new LeaseTable(blocks);
  const counters = new Counters();
  const shared = new SharedShard(shard);
  // Any free port, or the next after those of the shards before.
  const port = listen.port === 0 ? 0 : listen.port + index;
  const server = await serveShard(shared, { instance, host, port, secret, tls, leases, counters });
  return {
    shard: shared.view(),
    blocks,
    lending: {
      address: { id, host, port: server.port },
      leases: leases.buffer,
      counters: counters.buffer,
    },
    stop: () => server.close(),
  };
}
