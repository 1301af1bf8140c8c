import { connectShard } from '../cluster/wire/data/connect-shard.ts';
import type { RemoteShard } from '../cluster/wire/data/remote-shard.ts';
import type { KvShape, ShardAddress, ShardId } from '../ports.ts';
import type { RunnerSettings, WireBytes } from './runner-messages.ts';

/** The connections to shards of other processes, and what went over them. */
export class RemoteShards {
  readonly #settings: RunnerSettings;
  readonly #kv: KvShape;
  readonly #open = new Map<ShardId, RemoteShard>();
  #sentBefore = 0;
  #receivedBefore = 0;

  constructor(settings: RunnerSettings, kv: KvShape) {
    this.#settings = settings;
    this.#kv = kv;
  }

  async connect(address: ShardAddress): Promise<RemoteShard> {
    const { instance, wire } = this.#settings;
    const { secret, tls, timeoutMs } = wire;
    const shard = await connectShard({ ...address, instance, secret, tls, timeoutMs, kv: this.#kv });
    this.#open.set(shard.id, shard);
    return shard;
  }

  async close(id: ShardId): Promise<void> {
    const shard = this.#open.get(id);
    if (!shard) return;
    this.#open.delete(id);
    await shard.close();
    this.#sentBefore += shard.bytesSent;
    this.#receivedBefore += shard.bytesReceived;
  }

  bytes(): WireBytes {
    const open = [...this.#open.values()];
    return {
      sent: open.reduce((sum, { bytesSent }) => sum + bytesSent, this.#sentBefore),
      received: open.reduce((sum, { bytesReceived }) => sum + bytesReceived, this.#receivedBefore),
    };
  }
}
