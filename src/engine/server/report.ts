import type { EngineStatus, KvType } from '../ports.ts';

/** One process of the cluster, as the manager of this one knows it. */
export interface InstanceReport {
  readonly id: string;
  /** `engine` answers requests; `lender` only holds KV. */
  readonly role: 'engine' | 'lender';
  readonly self: boolean;
  /** Whether it is the gManager, the one that plans. */
  readonly planner: boolean;
  /** Where it listens for others; null when it does not. */
  readonly address: string | null;
  readonly alive: boolean;
  /** rBlocks: `used` hold its own tokens here, `lent` those of others here, `borrowed` its own elsewhere. */
  readonly blocks: {
    readonly total: number;
    readonly free: number;
    readonly used: number;
    readonly lent: number;
    readonly borrowed: number;
  };
}

/** Everything that `GET /engine/status` tells. */
export interface EngineReport extends EngineStatus {
  readonly contextLength: number;
  readonly kv: { readonly type: KvType; readonly blockTokens: number; readonly blockBytes: number };
  readonly instances: readonly InstanceReport[];
  /** Bytes to and from shards of other processes, since the start. */
  readonly wire: { readonly sentBytes: number; readonly receivedBytes: number };
  readonly requests: { readonly finished: number; readonly failed: number; readonly aborted: number };
  readonly uptimeMs: number;
}

/** What of the report comes from the engine and its cluster; the rest is counted by the server. */
export type ClusterReport = Pick<EngineReport, 'kv' | 'instances' | 'wire'>;
