import type { VirtualKey } from '../core/key.ts';
import type { Log } from '../core/ports.ts';
import type { CallRecord, CallStatus } from '../core/record.ts';
import type { Secret } from '../core/secret.ts';
import type { ListenSettings } from '../core/settings.ts';
import type { About, Machine } from './schemas/about.ts';
import type { Dimensions } from './schemas/dimensions.ts';
import type { ErrorRow } from './schemas/error-rows.ts';
import type { KeyView, NewKey } from './schemas/keys.ts';
import type { LatencyReport } from './schemas/latency.ts';
import type { SpendReport } from './schemas/spend.ts';

/** Which calls. What is null matches all of them. Times are ISO 8601, UTC; `to` is exclusive. */
export interface CallFilter {
  readonly from: string | null;
  readonly to: string | null;
  readonly status: CallStatus | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly requestedModel: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly keyId: string | null;
  readonly session: string | null;
  readonly dialect: string | null;
  readonly operation: string | null;
  readonly errorCode: string | null;
  /** All of them must be on the call. */
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  readonly unpricedOnly: boolean;
}

/** A filter whose time span is given. */
export type SpanFilter = CallFilter & { readonly from: string; readonly to: string };

export interface Grouped {
  readonly filter: SpanFilter;
  /** Dimensions as in the query, such as `model` or `tag:feature`. */
  readonly groupBy: readonly string[];
  /** Most groups; the rest is folded into one. */
  readonly limit: number;
}

/** Reads the ledger. Implementations throw CallError `invalid_request` for a bad cursor. */
export interface LedgerReader {
  calls(
    filter: CallFilter,
    page: { readonly limit: number; readonly cursor: string | null },
  ): Promise<{ readonly calls: readonly CallRecord[]; readonly nextCursor: string | null }>;
  call(id: string): Promise<CallRecord | null>;
  spend(query: Grouped): Promise<SpendReport>;
  latency(query: Grouped): Promise<LatencyReport>;
  errors(filter: SpanFilter): Promise<readonly ErrorRow[]>;
  dimensions(from: string): Promise<Dimensions>;
  /** Calls written after a mark, oldest first, with the next mark. Null marks the present, and brings no calls. */
  tail(
    mark: string | null,
    limit: number,
  ): Promise<{ readonly mark: string; readonly calls: readonly CallRecord[] }>;
}

export interface KeyStore {
  /** True once an admin key exists. */
  adminExists(): boolean;
  find(secret: string): VirtualKey | null;
  list(): Promise<readonly KeyView[]>;
  create(key: NewKey): Promise<{ readonly key: VirtualKey; readonly secret: string }>;
  /** The revoked key, or null when there is none of that id. */
  revoke(id: string): Promise<VirtualKey | null>;
}

export interface ApiDeps {
  readonly listen: () => ListenSettings;
  readonly ledger: LedgerReader;
  readonly keys: KeyStore;
  /** An admin key given by the environment, besides those in the store. */
  readonly adminKey: Secret | null;
  /** Lets the command line of the same machine in, whatever the keys are. */
  readonly localToken: Secret | null;
  readonly about: () => Promise<Omit<About, 'auth'>>;
  readonly machines: () => Promise<readonly Machine[]>;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** Why this process can not serve calls now; empty when it can. */
  readonly unready: () => readonly string[];
  /** Directory of the built dashboard. It may be missing. */
  readonly webRoot: string;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}
