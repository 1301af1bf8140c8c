/** The question and the answer of a call that was rated well, as a model may be shown them. */
export interface Example {
  readonly callId: string;
  readonly question: string;
  readonly answer: string;
  readonly task: string;
  /** The alias or model that was asked for. */
  readonly requestedModel: string;
  /** Names the form of its answer: text, JSON, or one schema. */
  readonly format: string;
  /** Embedding of the question, of unit length. */
  readonly vector: Float32Array;
  /** Its call's rating now, from 0 to 1. */
  readonly rating: number;
}

/** One to keep. */
export interface NewExample extends Omit<Example, 'rating'> {
  /** Whose calls may see it, as a text that no other tenant has. */
  readonly tenant: string;
  /** When its call was made: ISO 8601, UTC, as in the ledger. */
  readonly startedAt: string;
}

/** One as it is listed. */
export interface ListedExample extends Omit<Example, 'vector' | 'format'> {
  readonly tenant: string;
  readonly startedAt: string;
}

export interface ExampleFilter {
  readonly requestedModel?: string | undefined;
  readonly task?: string | undefined;
  readonly limit: number;
}

/**
 * Examples in the store. Those whose call or rating is not there any more are never given. All throw CallError
 * `not_ready` while the store cannot be reached.
 */
export interface ExampleStore {
  /** @param most of one tenant: the best-rated and newest stay */
  put(example: NewExample, most: number): Promise<void>;
  /** Gives its tenant; null when there is none of that call. */
  remove(callId: string): Promise<string | null>;
  /** The best-rated and newest first. */
  of(tenant: string, most: number): Promise<readonly Example[]>;
  /** The newest first. */
  list(filter: ExampleFilter): Promise<readonly ListedExample[]>;
}

/** What became of a rated call. */
export type ExampleOutcome = { readonly kept: true } | { readonly kept: false; readonly why: string };
