import type { Batch, BatchStore } from '../../core/batch.ts';
import type { Call } from '../../core/call.ts';
import type { Background, Clock, Handler, LedgerSink, Log, Random } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import type { Settings } from '../../core/settings.ts';
import type { Upstreams } from '../../upstream/index.ts';
import type { Meter } from '../meter.ts';
import type { Outcome } from '../run-call.ts';

export interface BatchDeps {
  readonly store: BatchStore;
  readonly settings: () => Settings;
  readonly upstreams: () => Upstreams;
  readonly ledger: Pick<LedgerSink, 'refusal'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** For calls that the gateway makes itself. */
  readonly background: Background;
  /** The whole pipeline. */
  readonly handler: Handler;
  /**
   * Holds back in its budgets what a call may cost at its target, until its row is settled; the call as it may be sent.
   * @throws CallError `over_budget`
   */
  readonly reserve: (call: Call) => Promise<Call>;
  /** Prices the call and writes its row. */
  readonly settle: (call: Call, meter: Meter, outcome: Outcome) => Promise<CallRecord>;
}

/** One batch while this gateway holds it. */
export interface HeldBatch {
  readonly batch: Batch;
  readonly owner: string;
  /** Aborts when the batch is not ours any more, or the gateway shuts down. */
  readonly signal: AbortSignal;
}

/** Small, so that a kill repeats little, and large enough to be quick. */
export const RESULTS_AT_ONCE = 50;
