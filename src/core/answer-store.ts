/** What the store holds, as far as it knows. */
export interface AnswerStoreSize {
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
}

/** The right to make an answer while others wait for it. It ends by itself when its holder dies. */
export interface AnswerLease {
  /** Gives it back. Never fails. */
  release(): Promise<void>;
}

/**
 * Keeps answers for a while, in bounded room: what was not used for longest goes first. A store never fails a call:
 * one that cannot be reached holds nothing, and says so in the log.
 */
export interface AnswerStore {
  /** `process`: only this process sees what is kept here. */
  readonly reach: 'process' | 'shared';
  get(key: string): Promise<Uint8Array | null>;
  /** Larger values than the store's whole room are not kept. False when it was not kept. */
  put(key: string, value: Uint8Array, ttlMs: number): Promise<boolean>;
  /** Null while another process holds it; a lease of no effect when nobody else could hold one. */
  lease(key: string): Promise<AnswerLease | null>;
  /** Whether another process holds the lease. */
  leased(key: string): Promise<boolean>;
  /** Forgets everything. Gives the number of answers forgotten. */
  clear(): Promise<number>;
  size(): Promise<AnswerStoreSize>;
  close(): Promise<void>;
}

/** Where no other process could make the same answer. */
export const FREE_LEASE: AnswerLease = { release: async () => undefined };
