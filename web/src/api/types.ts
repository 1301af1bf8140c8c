import type { BatchStatus } from '../../../src/core/batch.ts';
import type { BatchItemState } from '../../../src/core/batch-report.ts';
import type { KeyLimits, VirtualKey } from '../../../src/core/key.ts';
import type { CallRecord } from '../../../src/core/record.ts';
import type { Usage } from '../../../src/core/usage.ts';

export type { CallRecord, RecordedCostPart, CallStatus } from '../../../src/core/record.ts';
export type { BatchStatus, BatchItemState };
export type { Decision } from '../../../src/core/decision.ts';
export type { Usage, UsageKind } from '../../../src/core/usage.ts';
export type { BudgetState as Budget } from '../../../src/core/admission.ts';
export type { VirtualKey, KeyLimits, KeyScope } from '../../../src/core/key.ts';

/** A call as lists show it: the record without what only its own page needs. */
export type CallView = Omit<CallRecord, 'decisions' | 'costParts' | 'requestBody' | 'responseBody'> & {
  /** Exact decimal dollars by lever; negative where it cost more. */
  readonly savings?: Readonly<Record<string, string>>;
};

export interface CallPage {
  readonly calls: readonly CallView[];
  readonly nextCursor: string | null;
}

export interface SpendFigures {
  readonly calls: number;
  readonly errors: number;
  readonly aborted: number;
  readonly unpricedCalls: number;
  readonly estimatedCalls: number;
  readonly usage: Usage;
  /** Exact decimal dollars. */
  readonly costUsd: string;
}

/** By dimension; null where the calls gave no value. */
export type Group = Readonly<Record<string, string | null>>;

export interface SpendRow extends SpendFigures {
  readonly group: Group;
}

export interface Spend {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly SpendRow[];
  readonly total: SpendFigures;
  /** True when the server looked at the newest calls only. */
  readonly sampled?: boolean;
}

export interface SavingsFigures {
  /** Calls on which a saving is known. */
  readonly calls: number;
  /** Exact decimal dollars; negative where the levers cost more than they saved. */
  readonly savedUsd: string;
}

export interface SavingsRow extends SavingsFigures {
  readonly group: Group;
}

export interface Savings {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly SavingsRow[];
  readonly total: SavingsFigures & {
    readonly spentUsd: string;
    /** Spent and saved together. */
    readonly withoutUsd: string;
  };
  /** True when the server looked at the newest calls only. */
  readonly sampled?: boolean;
}

export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

export interface LatencyFigures {
  readonly calls: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly ttftMs: Quantiles | null;
  readonly totalMs: Quantiles | null;
  readonly overheadMs: Pick<Quantiles, 'p50' | 'p99'> | null;
}

export interface Latency {
  readonly rows: readonly (LatencyFigures & { readonly group: Group })[];
  readonly total: LatencyFigures;
}

export interface ErrorRow {
  readonly errorCode: string;
  readonly httpStatus: number;
  readonly provider: string | null;
  readonly calls: number;
  readonly lastAt: string;
  readonly lastMessage: string | null;
  readonly lastCallId: string;
}

export interface Dimensions {
  readonly provider: readonly string[];
  readonly model: readonly string[];
  readonly requestedModel: readonly string[];
  readonly team: readonly string[];
  readonly user: readonly string[];
  readonly key: readonly { readonly id: string; readonly name: string }[];
  readonly dialect: readonly string[];
  readonly errorCode: readonly string[];
  readonly tag: Readonly<Record<string, readonly string[]>>;
}

export interface ProviderKeyState {
  readonly fingerprint: string;
  readonly state: 'ready' | 'cooling';
  readonly until: string | null;
}

export interface TargetState {
  readonly model: string;
  readonly breaker: 'closed' | 'open' | 'half-open';
}

export interface ProviderState {
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly dialects: readonly string[];
  readonly keys: readonly ProviderKeyState[];
  readonly targets: readonly TargetState[];
}

export interface ModelState {
  readonly name: string;
  readonly targets: readonly string[];
  readonly strategy: string;
}

/** Without an admin key only the first four fields come. */
export interface About {
  readonly name: string;
  readonly version: string;
  readonly demo: boolean;
  readonly auth: { readonly required: boolean };
  readonly startedAt?: string;
  readonly store?: {
    readonly kind: 'embedded' | 'postgres';
    readonly healthy: boolean;
    readonly journaledRows: number;
    readonly bodies: boolean;
  };
  readonly config?: {
    readonly file: string | null;
    readonly error: string | null;
    readonly loadedAt: string;
  };
  readonly providers?: readonly ProviderState[];
  readonly models?: readonly ModelState[];
  readonly workers?: number;
  readonly passthroughCredential?: boolean;
}

/** A self-hosted model's machines since `since`. */
export interface Machine {
  readonly provider: string;
  /** Of all its GPUs together. */
  readonly hourlyUsd: string;
  readonly gpus: number;
  readonly since: string;
  readonly busyMs: number;
  readonly idleMs: number;
  readonly busyCostUsd: string;
  readonly idleCostUsd: string;
  /** 0 to 1. */
  readonly idleShare: number;
}

/** One process of an engine's cluster; its rBlocks by use. */
export interface EngineInstance {
  readonly id: string;
  readonly role: 'engine' | 'lender';
  readonly self: boolean;
  /** Whether it is the gManager. */
  readonly planner: boolean;
  readonly address: string | null;
  readonly alive: boolean;
  readonly blocks: {
    readonly total: number;
    readonly free: number;
    /** Its own tokens, here. */
    readonly used: number;
    /** Tokens of others, here. */
    readonly lent: number;
    /** Its own tokens, elsewhere. */
    readonly borrowed: number;
  };
}

export interface EngineReport {
  readonly contextLength: number;
  readonly running: number;
  readonly waiting: number;
  readonly preemptions: number;
  readonly tokensHeld: number;
  readonly prefillTokens: number;
  readonly decodeTokens: number;
  readonly tokensPerSecond: number;
  readonly blocks: { readonly total: number; readonly free: number; readonly cached: number };
  readonly kv: {
    readonly type: 'bf16' | 'int8';
    readonly blockTokens: number;
    readonly blockBytes: number;
  };
  readonly instances: readonly EngineInstance[];
  readonly wire: { readonly sentBytes: number; readonly receivedBytes: number };
  readonly requests: { readonly finished: number; readonly failed: number; readonly aborted: number };
  readonly uptimeMs: number;
}

/** An engine that the server runs, served as local/<model>. */
export interface LocalEngine {
  readonly model: string;
  readonly state: 'starting' | 'ready' | 'restarting' | 'refused' | 'stopped';
  readonly message: string | null;
  readonly restarts: number;
  /** Null while it is not there. */
  readonly report: EngineReport | null;
}

export interface KeyView extends VirtualKey {
  readonly lastUsedAt: string | null;
  readonly spentUsd30d: string | null;
}

export interface NewKey {
  readonly name: string;
  readonly scope: VirtualKey['scope'];
  readonly team?: string;
  readonly user?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly expiresAt?: string;
  readonly limits?: KeyLimits;
}

export interface CreatedKey {
  readonly key: VirtualKey;
  /** Shown once; the server keeps only its hash. */
  readonly secret: string;
}

export interface BatchCarrier {
  /** Null for calls that wait for the gateway. */
  readonly provider: string | null;
  /** In a batch of the provider's own. */
  readonly asBatch: boolean;
  readonly calls: number;
}

export interface Batch {
  readonly id: string;
  readonly status: BatchStatus;
  readonly endpoint: string;
  readonly keyName: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly waiting: number;
  readonly running: number;
  readonly submitted: number;
  readonly carriers: readonly BatchCarrier[];
  /** Exact decimal dollars. */
  readonly costUsd: string;
  readonly savedUsd: string;
  readonly unpricedCalls: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly expiresAt: string;
  readonly cancellingAt: string | null;
  readonly endedAt: string | null;
  readonly problems: readonly {
    readonly code: string;
    readonly message: string;
    readonly line: number | null;
  }[];
}

/** When the gateway makes calls of batches itself. */
export interface BatchHours {
  readonly enabled: boolean;
  readonly providers: boolean;
  /** None: at any time. */
  readonly windows: readonly string[];
  readonly timezone: string;
  /** Null while it does. */
  readonly opensAt: string | null;
}

export interface BatchPage {
  readonly batches: readonly Batch[];
  readonly nextCursor: string | null;
  readonly hours: BatchHours;
}

export interface OneBatch {
  readonly batch: Batch;
  readonly hours: BatchHours;
}

export interface BatchItem {
  readonly line: number;
  readonly customId: string;
  readonly model: string;
  readonly state: BatchItemState;
  readonly attempt: number;
  readonly notBefore: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly callId: string | null;
}

export interface BatchItemPage {
  readonly items: readonly BatchItem[];
  readonly nextCursor: string | null;
}

/** The cache of exact answers since the processes were started. Shares are of 1; null while nothing is known. */
export interface CacheState {
  readonly store: {
    readonly reach: 'process' | 'shared';
    readonly entries: number;
    readonly bytes: number;
    readonly maxBytes: number;
  };
  readonly hits: number;
  readonly joined: number;
  readonly misses: number;
  readonly bypassed: number;
  readonly lookups: number;
  readonly hitRate: number | null;
  readonly costWeightedHitRate: number | null;
  readonly meanLookupMs: number | null;
  readonly meanStoreMs: number | null;
  readonly netSavingShare: number | null;
  readonly netTimeShare: number | null;
  readonly machineCounted: boolean;
}
