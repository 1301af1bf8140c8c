import type { KvShape, ShardAddress } from '../../../ports.ts';
import { connect } from '../connect.ts';
import type { Limits } from '../peer.ts';
import type { TlsOptions } from '../tls.ts';
import { RemoteShard } from './remote-shard.ts';

export interface ConnectShardOptions extends ShardAddress {
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  readonly kv: KvShape;
  /** Who asks: blocks are leased to it. */
  readonly instance: string;
  /** Within which the connection, and every answer after, must come. */
  readonly timeoutMs: number;
  readonly limits?: Limits;
}

/** @throws WireError when there is no such shard, or it is not for us */
export async function connectShard(options: ConnectShardOptions): Promise<RemoteShard> {
  const { id, remoteId = id, kv, instance, timeoutMs, ...where } = options;
  const hello = { role: 'data', instance, shard: remoteId, kv } as const;
  return new RemoteShard(id, kv, await connect({ ...where, hello, timeoutMs }), timeoutMs);
}
