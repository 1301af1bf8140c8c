export { connect, type ConnectOptions } from './connect.ts';
export type { Hello } from './hello.ts';
export { decodeJson, encodeJson } from './json.ts';
export { CONTROL_TYPES } from './layout.ts';
export { type Listener, listen, type ListenOptions } from './listen.ts';
export { CONTROL_LIMITS, type Limits, type Peer } from './peer.ts';
export type { TlsOptions } from './tls.ts';
export { WireError, type WireErrorCode } from './wire-error.ts';
export type { ConnectShardOptions } from './data/connect-shard.ts';
export type { ShardStats } from './data/counters.ts';
export { type Leases, LeaseTable } from './data/leases.ts';
export type { RemoteShard } from './data/remote-shard.ts';
export type { ServeShardOptions, ShardServer } from './data/serve-shard.ts';
export {
  type LenderShard,
  type LenderShards,
  type LenderShardsOptions,
  startLenderShards,
} from './lender/lender-shards.ts';
