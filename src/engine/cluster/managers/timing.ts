/** All times in milliseconds. */
export interface Timing {
  /** Between two pulses to each peer. */
  readonly heartbeatMs: number;
  /** Without a word for so long, a peer is dead. */
  readonly deadMs: number;
  /** A question without an answer for so long is given up. */
  readonly requestMs: number;
  /** The gManager's advice is waited for so long before lenders are asked without it. */
  readonly adviceMs: number;
  /** A lender that had nothing is asked again after this. */
  readonly retryMs: number;
  /** A lender whose shard was lost is asked again after this. */
  readonly lossMs: number;
  /** A borrowed block that nobody uses goes back after this. */
  readonly idleMs: number;
  /** Between two full lists of what is held. */
  readonly renewMs: number;
  /** A wish for blocks that is not renewed is forgotten after this. */
  readonly wantMs: number;
  /** Between two plans of the gManager. */
  readonly planMs: number;
}

export const TIMING: Timing = {
  heartbeatMs: 500,
  deadMs: 3_000,
  requestMs: 1_000,
  adviceMs: 100,
  retryMs: 300,
  lossMs: 2_000,
  idleMs: 10_000,
  renewMs: 5_000,
  wantMs: 30_000,
  planMs: 2_000,
};
