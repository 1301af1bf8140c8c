/**
 * One limit to be kept. What counts against it lies in numbered buckets of time, the newest of which is `bucket`; those
 * older than `oldest` count no more. A limit that no time renews (calls at once) has one bucket, 0.
 */
export interface Claim {
  /** Names the limit and whom it is for. */
  readonly account: string;
  /** Units claimed: calls, tokens or billionths of a dollar. An integer. */
  readonly amount: number;
  readonly limit: number;
  readonly bucket: number;
  readonly oldest: number;
  /** What must have been seeded before, by name; null for accounts without a past. */
  readonly seed: string | null;
}

export interface Balance {
  readonly account: string;
  readonly used: number;
  readonly reserved: number;
}

export type Verdict =
  | { readonly granted: true; readonly balances: readonly Balance[] }
  | { readonly granted: false; readonly unseeded: readonly string[] }
  | {
      readonly granted: false;
      readonly unseeded: null;
      readonly refused: Balance;
      /** The bucket that must grow old for the claim to fit; null when none does. */
      readonly freedBy: number | null;
    };

export interface Settlement {
  readonly account: string;
  readonly amount: number;
  readonly bucket: number;
}

/** What was used from bucket `oldest` on, at least. */
export type Total = Pick<Claim, 'account' | 'bucket' | 'oldest'> & { readonly used: number };

/**
 * Counts what is used and what is reserved, for all gateways that share it. All claims of one call are granted, or none.
 * A reservation that is neither settled nor renewed ends by itself.
 */
export interface Counters {
  /**
   * Asking again with the same id replaces what it reserved before.
   * @throws CallError `not_ready` when the counters cannot be reached
   */
  reserve(id: string, claims: readonly Claim[], now: number, leaseMs: number): Promise<Verdict>;
  renew(ids: readonly string[], accounts: readonly string[], until: number): Promise<void>;
  /** Ends the reservation and counts what was really used. Once for each id. */
  settle(id: string, accounts: readonly string[], used: readonly Settlement[]): Promise<void>;
  /** @param now reservations that ended before do not count */
  read(claims: readonly Pick<Claim, 'account' | 'oldest'>[], now: number): Promise<readonly Balance[]>;
  /** Counts what was used before these counters began: the first time only, for each name. */
  seed(name: string, used: readonly Settlement[]): Promise<void>;
  /** Where less is counted than was used, as another source knows it, the difference is added to the newest bucket. */
  raise(totals: readonly Total[]): Promise<void>;
  /** Whether `seed` was called with that name. */
  seeded(name: string): Promise<boolean>;
  close(): Promise<void>;
}
