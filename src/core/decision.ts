import type { JsonObject } from './json.ts';

/** What one stage did to one call, and why. The ledger and the dashboard explain a call by folding over these. */
export interface Decision {
  /** The stage's name: `route`, `retry`, … */
  readonly stage: string;
  /** What it did, a verb: `chose`, `retried`, `fell-back`, … */
  readonly action: string;
  /** One sentence for people. */
  readonly why: string;
  /** Milliseconds since the call arrived. */
  readonly atMs: number;
  /** Exact decimal dollars saved against not doing it, where that is known. */
  readonly savedUsd?: string;
  readonly details?: JsonObject;
}
