import type { Batch } from './batch.ts';

/** How many calls of a batch somebody has, or had, in hand. */
export interface BatchCarrier {
  /** Null for calls of the gateway's own that wait or run. */
  readonly provider: string | null;
  /** In a batch of the provider's own, at its price for batches. */
  readonly asBatch: boolean;
  readonly calls: number;
}

/** A batch with how far it is and what it cost so far. */
export interface BatchReport extends Batch {
  readonly waiting: number;
  readonly running: number;
  /** In a provider's batch. */
  readonly submitted: number;
  readonly carriers: readonly BatchCarrier[];
  /** Exact decimal dollars of its priced calls that are in the ledger. */
  readonly costUsd: string;
  readonly savedUsd: string;
  readonly unpricedCalls: number;
}

export const BATCH_ITEM_STATES = ['waiting', 'running', 'submitted', 'answered', 'failed'] as const;
export type BatchItemState = (typeof BATCH_ITEM_STATES)[number];

export interface BatchItemReport {
  /** Of the input file, from 1. */
  readonly line: number;
  readonly customId: string;
  /** Empty where the line is no call. */
  readonly model: string;
  readonly state: BatchItemState;
  /** Tries that failed before this one. */
  readonly attempt: number;
  /** When it may be tried again, where it waits for that; epoch milliseconds. */
  readonly notBefore: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Its row in the ledger, where it has one. */
  readonly callId: string | null;
}

/** All batches, of whichever tenant, for who looks after the gateway. All throw CallError `not_ready`. */
export interface BatchReports {
  /** The newest first. */
  list(page: { readonly limit: number; readonly after: string | null }): Promise<readonly BatchReport[]>;
  find(id: string): Promise<BatchReport | null>;
  /** In the order of the file. */
  items(
    id: string,
    page: {
      readonly limit: number;
      readonly after: number;
      readonly state: BatchItemState | null;
    },
  ): Promise<readonly BatchItemReport[]>;
}
