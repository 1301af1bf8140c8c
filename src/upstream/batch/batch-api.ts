import type { Operation } from '../../core/call.ts';
import type { JsonObject } from '../../core/json.ts';

/** One request to a provider, with our credential. */
export interface BatchRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With the version: `/v1/batches`. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
}

/** Sends a request and gives its answer's bytes as they come. @throws CallError, also for an answer that is an error */
export type BatchHttp = (request: BatchRequest) => AsyncIterable<Uint8Array>;

export interface BatchEntry {
  /** Unique in its batch; letters, digits, "-" and "_", at most 64. */
  readonly customId: string;
  readonly body: JsonObject;
}

export interface NewRemoteBatch {
  /** Ours, by which the batch is found again. */
  readonly mark: string;
  /** The endpoint of all entries, with the version: `/v1/chat/completions`. */
  readonly endpoint: string;
  readonly entries: readonly BatchEntry[];
}

/** A batch as its provider tells of it. */
export interface RemoteBatch {
  readonly id: string;
  /** `ended`: results are there, if only for some. `failed`: it was refused as a whole, nothing was done. */
  readonly state: 'running' | 'ended' | 'failed';
  /** Why it failed; empty otherwise. */
  readonly why: string;
  /** Files at the provider that belong to it. */
  readonly files: readonly string[];
  readonly results: readonly string[];
}

/** A batch that may be one that was perhaps sent. */
export interface Candidate {
  readonly batch: RemoteBatch;
  /** False where only its results can tell. */
  readonly certain: boolean;
}

export type RemoteResult =
  | { readonly kind: 'answered'; readonly customId: string; readonly body: JsonObject }
  | {
      readonly kind: 'refused';
      readonly customId: string;
      readonly status: number;
      readonly body: JsonObject;
    }
  /** Never begun. */
  | { readonly kind: 'dropped'; readonly customId: string; readonly code: string; readonly message: string };

/** How a provider takes many calls at once, to be answered within a day at a lower price. */
export interface BatchApi {
  readonly operations: readonly Operation[];
  /** In one batch. */
  readonly mostEntries: number;
  /** Of the entries of one batch together, as JSON; left out: no less than a file may hold. */
  readonly mostBytes?: number;
  /** @returns the provider's id */
  submit(http: BatchHttp, batch: NewRemoteBatch): Promise<string>;
  /** @param since epoch milliseconds: older ones are none. @param count entries of the batch that is looked for */
  find(http: BatchHttp, mark: string, count: number, since: number): Promise<readonly Candidate[]>;
  status(http: BatchHttp, id: string): Promise<RemoteBatch>;
  results(http: BatchHttp, batch: RemoteBatch): AsyncIterable<RemoteResult>;
  cancel(http: BatchHttp, id: string): Promise<void>;
  /** Deletes at the provider what was stored there for the batch. */
  forget(http: BatchHttp, batch: RemoteBatch): Promise<void>;
}
