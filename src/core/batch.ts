import type { Json, JsonObject } from './json.ts';

/** Endpoints whose calls a batch may hold. */
export const BATCH_ENDPOINTS = ['/v1/chat/completions', '/v1/embeddings', '/v1/responses'] as const;
export type BatchEndpoint = (typeof BATCH_ENDPOINTS)[number];

/** A span of the day, in minutes after midnight; one that ends before it begins goes over midnight. */
export interface DayWindow {
  readonly from: number;
  readonly to: number;
}

export interface BatchSettings {
  readonly enabled: boolean;
  /** Whether providers' own batch APIs are used where they have one. */
  readonly providers: boolean;
  /** When calls are made that no provider takes as a batch; none: at any time. */
  readonly windows: readonly DayWindow[];
  /** IANA name of the zone of the windows. */
  readonly timezone: string;
  /** Calls of batches at once in one gateway. */
  readonly concurrency: number;
  /** Tries of one call. */
  readonly attempts: number;
  readonly maxFileBytes: number;
  readonly maxLines: number;
  /** For the files of one key or team together. */
  readonly maxStoredBytes: number;
  /** How long files and the answers of batches are kept. */
  readonly retentionMs: number;
  /** Pause before a provider is first asked how its batch stands; grows to `pollMaxMs`. */
  readonly pollMs: number;
  readonly pollMaxMs: number;
  /** A batch that was perhaps given to a provider is looked for there this long before it is given anew. */
  readonly resendAfterMs: number;
  /** How long a batch stays with a gateway that died. Read at the start. */
  readonly leaseMs: number;
}

export const USUAL_BATCH: BatchSettings = {
  enabled: true,
  providers: true,
  windows: [],
  timezone: 'UTC',
  concurrency: 4,
  attempts: 5,
  maxFileBytes: 100_000_000,
  maxLines: 50_000,
  maxStoredBytes: 1_000_000_000,
  retentionMs: 30 * 86_400_000,
  pollMs: 10_000,
  pollMaxMs: 300_000,
  resendAfterMs: 60_000,
  leaseMs: 15_000,
};

/** A file as it is listed; times are epoch milliseconds. */
export interface StoredFile {
  readonly id: string;
  readonly tenant: string;
  readonly filename: string;
  readonly purpose: 'batch' | 'batch_output';
  readonly bytes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export const BATCH_STATUSES = [
  'validating',
  'failed',
  'in_progress',
  'finalizing',
  'completed',
  'expired',
  'cancelling',
  'cancelled',
] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

export interface BatchProblem {
  readonly code: string;
  readonly message: string;
  /** Of the input file, from 1. */
  readonly line: number | null;
  readonly param: string | null;
}

/** Whom the calls of a batch are booked on. A credential of the client's own is not kept. */
export interface BatchCaller {
  readonly keyId: string | null;
  readonly keyName: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Times are epoch milliseconds. */
export interface Batch {
  readonly id: string;
  readonly tenant: string;
  readonly caller: BatchCaller;
  readonly endpoint: BatchEndpoint;
  readonly inputFileId: string;
  readonly metadata: JsonObject | null;
  readonly status: BatchStatus;
  readonly problems: readonly BatchProblem[];
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly createdAt: number;
  /** End of the completion window. */
  readonly expiresAt: number;
  readonly startedAt: number | null;
  readonly cancellingAt: number | null;
  readonly endedAt: number | null;
}

/** One line of the input file. */
export interface NewItem {
  /** From 1. */
  readonly line: number;
  readonly customId: string;
  readonly model: string;
  /** The body of the call, as JSON. */
  readonly request: string;
}

/** A line that is answered already, as its input was wrong. */
export interface WrongItem {
  readonly line: number;
  readonly customId: string;
  readonly result: string;
}

export interface WaitingItem extends NewItem {
  /** Tries that failed before this one. */
  readonly attempt: number;
  /** When this try began, where one began already and its process died; epoch milliseconds. */
  readonly startedAt: number | null;
}

export interface ItemResult {
  readonly line: number;
  readonly ok: boolean;
  /** One line of the output or error file, without its end. */
  readonly result: string;
}

/** Items that were given to a provider as one batch of its own. */
export interface Submission {
  readonly id: string;
  readonly batchId: string;
  readonly provider: string;
  readonly model: string;
  /** `intended`: it may have been sent or not. */
  readonly state: 'intended' | 'sent';
  readonly remoteId: string | null;
  readonly intendedAt: number;
  readonly polls: number;
  readonly pollAt: number;
}

/** The batches and their files. All throw CallError `not_ready` while the store cannot be reached. */
export interface BatchStore {
  addFile(file: Omit<StoredFile, 'purpose'>, text: string): Promise<void>;
  storedBytes(tenant: string): Promise<number>;
  file(tenant: string, id: string): Promise<StoredFile | null>;
  files(tenant: string, page: FilePage): Promise<readonly StoredFile[]>;
  /** Its text, piece by piece. */
  content(file: StoredFile): AsyncIterable<string>;
  /** Also its contents, for good. */
  removeFile(tenant: string, id: string): Promise<boolean>;

  create(batch: NewBatch): Promise<void>;
  batch(tenant: string, id: string): Promise<Batch | null>;
  /** The newest first. */
  batches(
    tenant: string,
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<readonly Batch[]>;
  /** A batch that is over stays as it is. */
  cancel(tenant: string, id: string, now: number): Promise<Batch | null>;

  /** A batch with work to do that nobody holds; it is the owner's for `ms`. */
  lease(owner: string, ms: number): Promise<Batch | null>;
  /** The ids of those that the owner still holds. */
  renew(owner: string, ms: number): Promise<readonly string[]>;
  release(id: string, owner: string): Promise<void>;
  /** As it is now, if the owner holds it. */
  held(id: string, owner: string): Promise<Batch | null>;

  /** Adds lines of the input; those that are there already stay as they are. */
  addItems(id: string, items: readonly NewItem[], wrong: readonly WrongItem[]): Promise<void>;
  begin(id: string, now: number): Promise<void>;
  fail(id: string, problems: readonly BatchProblem[], now: number): Promise<void>;
  /** Items whose process died wait again. */
  resume(id: string): Promise<void>;
  /** How many wait that are not left to the gateway's own calls, by model. */
  waitingModels(id: string): Promise<readonly { readonly model: string; readonly count: number }[]>;
  /** Leaves items to the gateway's own calls: of one model, or of one submission, which is forgotten. */
  spool(id: string, which: { readonly model: string } | { readonly submission: string }): Promise<void>;
  /** The next to call, in the order of the file, and when the first of the others may be called. */
  waiting(
    id: string,
    limit: number,
    now: number,
  ): Promise<{ readonly items: readonly WaitingItem[]; readonly nextAt: number | null }>;
  /** False when the owner does not hold the batch any more: then the item must not be called. */
  run(id: string, owner: string, line: number, startedAt: number): Promise<boolean>;
  /** Lets an item be tried again, if the owner still holds the batch. */
  retry(id: string, owner: string, line: number, at: number): Promise<void>;
  /** Results of items that are done already are not changed. */
  finishItems(id: string, results: readonly ItemResult[]): Promise<void>;
  /** Items that were not begun and are in no submission. */
  unfinished(
    id: string,
    limit: number,
  ): Promise<readonly { readonly line: number; readonly customId: string }[]>;
  /** Whether any is not done. */
  open(id: string): Promise<boolean>;
  end(
    id: string,
    status: 'completed' | 'expired' | 'cancelled',
    now: number,
    keepUntil: number,
  ): Promise<void>;

  /** Puts all items of the model that wait, in the same transaction, into a new submission. */
  intend(submission: Omit<Submission, 'state' | 'remoteId' | 'polls'>): Promise<number>;
  submissions(id: string): Promise<readonly Submission[]>;
  submissionItems(submission: string): Promise<readonly WaitingItem[]>;
  /** Notes what the provider calls it. */
  sent(submission: string, remoteId: string, pollAt: number): Promise<void>;
  polled(submission: string, pollAt: number): Promise<void>;
  /** All its items are done. */
  closeSubmission(submission: string): Promise<void>;
  /** Of all batches of a provider: what other submissions are known as. */
  remoteIds(provider: string): Promise<readonly string[]>;

  /** Drops what is older than its time. */
  purge(now: number): Promise<void>;
}

export interface FilePage {
  readonly limit: number;
  readonly after: string | null;
  readonly order: 'asc' | 'desc';
  readonly purpose: string | null;
}

export type NewBatch = Pick<
  Batch,
  'id' | 'tenant' | 'caller' | 'endpoint' | 'inputFileId' | 'metadata' | 'createdAt' | 'expiresAt'
>;

/** One line of an output file, as OpenAI writes them. */
export interface OutputLine {
  readonly id: string;
  readonly customId: string | null;
  readonly response: { readonly status: number; readonly requestId: string; readonly body: Json } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}
