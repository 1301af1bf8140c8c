import type { Decision } from './decision.ts';
import type { UsageKind } from './usage.ts';

export type CallStatus = 'ok' | 'error' | 'aborted';

/** A bill line as stored and shown: exact decimal dollars. */
export interface RecordedCostPart {
  readonly kind: string;
  readonly units: number;
  readonly rateUsd: string;
  readonly per: 'million-tokens' | 'thousand' | 'hour';
  readonly costUsd: string;
  /** The stage that consumed it besides the answer, and whom it asked. */
  readonly stage?: string;
  readonly target?: string;
}

/** One row of the ledger: one call that reached the gateway, however it ended. Dollars are exact decimal strings. */
export interface CallRecord {
  /** UUIDv7. */
  readonly id: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly startedAt: string;
  readonly status: CallStatus;
  readonly httpStatus: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly dialect: string;
  readonly operation: string;
  readonly stream: boolean;
  readonly requestedModel: string;
  /** Null when the call ended before a target was chosen. */
  readonly target: { readonly provider: string; readonly model: string } | null;
  /** The model that answered, in the provider's word. */
  readonly servedModel: string | null;
  readonly attempts: number;
  readonly finishReason: string | null;
  readonly keyId: string | null;
  readonly keyName: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly session: string | null;
  readonly traceId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly usage: Readonly<Record<UsageKind, number>>;
  /** Null when nothing was consumed as far as is known. */
  readonly usageSource: 'provider' | 'estimated' | null;
  readonly serviceTier: string | null;
  /** Null when unpriced. */
  readonly costUsd: string | null;
  readonly unpriced: boolean;
  readonly unpricedReason: string | null;
  readonly costParts: readonly RecordedCostPart[];
  readonly priceVersion: string | null;
  /** Milliseconds from the request's arrival to the first content towards the client; null when none came. */
  readonly ttftMs: number | null;
  readonly totalMs: number;
  /** The part of totalMs spent in the gateway itself and not waiting for the provider or the client. */
  readonly overheadMs: number;
  readonly warnings: readonly string[];
  readonly decisions: readonly Decision[];
  /** Only with `store.bodies: true`, redacted. */
  readonly requestBody: string | null;
  readonly responseBody: string | null;
}

/**
 * False for a call that its provider answered in a batch of its own, some time later: its durations are those of writing
 * its row, and say nothing of how fast anybody answers. The store's SQL says the same.
 */
export function tellsLatency({ serviceTier }: Pick<CallRecord, 'serviceTier'>): boolean {
  return serviceTier !== 'batch';
}
