/** How often a beginning would have been read from a provider's cache and how often written, by how long it is kept. */
export interface ReuseCounts {
  readonly reads5m: number;
  readonly reads1h: number;
  readonly writes5m: number;
  readonly writes1h: number;
}

export interface PrefixCount extends ReuseCounts {
  /** A hash of the beginning, or of who sends such. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly lastAt: number;
  /** Milliseconds between the last uses; null when unknown. */
  readonly meanGapMs: number | null;
}

/** What was seen of the beginnings of prompts. Each method @throws CallError `not_ready` while the store cannot be reached. */
export interface PrefixHistoryStore {
  /** Adds counts to what is there. Gives the sums. */
  add(deltas: readonly PrefixCount[]): Promise<readonly PrefixCount[]>;
  /** Those used last, the newest first. @param since epoch milliseconds */
  newest(since: number, most: number): Promise<readonly PrefixCount[]>;
}

/** Older observations count half as much each time that so many came after them. */
export const HALVED_AT = 256;
