import { listen } from '../listen.ts';
import type { Limits } from '../peer.ts';
import type { TlsOptions } from '../tls.ts';
import type { WireError } from '../wire-error.ts';
import type { ShardStats } from './counters.ts';
import { Counters } from './counters.ts';
import type { Leases } from './leases.ts';
import { ShardSession } from './shard-session.ts';
import { type CountedShard, SharedShard } from './shared-shard.ts';
import { Turns } from './turns.ts';

export interface ServeShardOptions {
  /** Whose shard it is. */
  readonly instance: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  readonly leases: Leases;
  readonly counters?: Counters;
  readonly limits?: Limits;
  readonly onRefused?: (remote: string, why: WireError) => void;
}

export interface ShardServer {
  readonly port: number;
  stats(): ShardStats;
  /** Closes every peer; the shard stays. */
  close(): Promise<void>;
}

/**
 * Serves a shard to runners of other processes, in the thread that owns it. A runner in the same thread uses the shard
 * through `shared.view()` of the same SharedShard.
 * @throws WireError when the address cannot be listened on
 */
export async function serveShard(
  shard: CountedShard | SharedShard,
  options: ServeShardOptions,
): Promise<ShardServer> {
  const { instance, leases, counters = new Counters(), ...where } = options;
  const shared = shard instanceof SharedShard ? shard : new SharedShard(shard);
  const { id, kv, blocks } = shared.shard;
  const turns = new Turns();
  const listener = await listen({
    ...where,
    hello: { role: 'data', instance, shard: id, kv, ...(blocks !== undefined && { blocks }) },
    onPeer(peer) {
      const session = new ShardSession(peer, shared, leases, counters);
      counters.add('peers', 1);
      peer.onClose(({ code }) => {
        counters.add('peers', -1);
        if (code === 'malformed' || code === 'refused') counters.add('violations', 1);
        turns.take(peer, () => session.close());
      });
      peer.onFrame((type, payload) => {
        const started = performance.now();
        turns.take(peer, () => session.take(type, payload));
        counters.add('busyMs', performance.now() - started);
      });
    },
  });
  return { port: listener.port, stats: () => counters.read(), close: () => listener.close() };
}
