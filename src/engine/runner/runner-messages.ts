import type { TlsOptions } from '../cluster/wire/index.ts';
import type { Arithmetic } from '../graphs/linear.ts';
import type { FloatWeights } from '../graphs/weights.ts';
import {
  type BlockRef,
  EngineError,
  type KvShape,
  type KvType,
  type ShardAddress,
  type ShardId,
  ShardLostError,
} from '../ports.ts';
import { messageOf } from '../../core/message-of.ts';
import type { PackedSlices } from './packed-slices.ts';

/** What the runner's thread is started with. */
export interface RunnerSettings {
  readonly modelPath: string;
  readonly kvType: KvType;
  /** Of all shards of this process together. */
  readonly kvBytes: number;
  /** At least; more when their 4 GiB each would not hold `kvBytes`. The first is in the runner's own thread. */
  readonly localShards: number;
  /** Shards are called `instance/0`, `instance/1`… */
  readonly instance: string;
  /** What becomes of F32, F16 and BF16 weights; `keep` when not said. */
  readonly floats?: FloatWeights;
  /** `exact` when not said. */
  readonly arithmetic?: Arithmetic;
  readonly wire: WireSettings;
}

/** How this instance and others reach each other's shards. */
export interface WireSettings {
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  /** Within which a shard of another process must answer. */
  readonly timeoutMs: number;
  /** Where the runner's own shard listens for other instances' runners; null: nowhere. Port 0 is any free one. */
  readonly listen: { readonly host: string; readonly port: number } | null;
}

/** What is asked of the thread. */
export type RunnerCall =
  | { readonly call: 'run'; readonly packed: PackedSlices }
  | { readonly call: 'attach'; readonly address: ShardAddress }
  | { readonly call: 'detach'; readonly shard: ShardId }
  | { readonly call: 'copyBlock'; readonly from: BlockRef; readonly to: BlockRef }
  | { readonly call: 'readBlock'; readonly ref: BlockRef }
  | { readonly call: 'writeBlock'; readonly ref: BlockRef; readonly bytes: Uint8Array }
  | { readonly call: 'close' };

export type RunnerRequest = RunnerCall & { readonly id: number };

export interface WireBytes {
  readonly sent: number;
  readonly received: number;
}

/** A shard of this process. */
export interface LocalShard {
  readonly id: ShardId;
  readonly blocks: number;
  /** How other instances use it; null when it does not listen. */
  readonly lending: {
    readonly address: ShardAddress;
    /** Of a LeaseTable: which instance may use which block. */
    readonly leases: SharedArrayBuffer;
    /** Of Counters. */
    readonly counters: SharedArrayBuffer;
  } | null;
}

/** What the thread says. */
export type RunnerMessage =
  | { readonly type: 'progress'; readonly done: number; readonly all: number }
  | {
      readonly type: 'ready';
      readonly kv: KvShape;
      readonly vocabSize: number;
      readonly shards: readonly LocalShard[];
    }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown; readonly wire: WireBytes }
  | { readonly type: 'error'; readonly id: number; readonly failure: Failure; readonly wire: WireBytes };

/** An error that goes from thread to thread. */
export type Failure =
  | { readonly kind: 'lost'; readonly shard: ShardId; readonly message: string }
  | { readonly kind: 'engine'; readonly code: EngineError['code']; readonly message: string }
  | { readonly kind: 'other'; readonly message: string };

export function failureOf(error: unknown): Failure {
  if (error instanceof ShardLostError) return { kind: 'lost', shard: error.shard, message: error.message };
  if (error instanceof EngineError) return { kind: 'engine', code: error.code, message: error.message };
  return { kind: 'other', message: messageOf(error) };
}

export function errorOf(failure: Failure): Error {
  switch (failure.kind) {
    case 'lost':
      return new ShardLostError(failure.shard, failure.message.replace(/^KV shard .* is lost: /, ''));
    case 'engine':
      return new EngineError(failure.code, failure.message);
    case 'other':
      return new EngineError('failed', failure.message);
  }
}
