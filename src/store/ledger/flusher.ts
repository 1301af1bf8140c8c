import { messageOf } from '../../core/message-of.ts';
import type { Clock, Log, Random } from '../../core/ports.ts';
import { deliver, type Insert, type Refused } from './deliver.ts';
import { createGate } from './gate.ts';
import type { Entry } from './queue.ts';
import type { Spool } from './spool.ts';

/** Carries rows from the spool to the store, one batch after the other, for as long as it takes. */
export interface Flusher {
  /** False from a failed batch to the next stored one. */
  readonly healthy: boolean;
  /** Rows taken from the spool and not settled yet. */
  readonly inHand: readonly Entry[];
  /** Call it after rows came into the spool. */
  wake(): void;
  /** Resolves once the rows now in the spool are stored or refused, however long the store is away. */
  flush(): Promise<void>;
  /** Stores what it can within `ms` and stops; sooner when the store is away and all rows are on disk. */
  stop(ms: number): Promise<void>;
}

export interface FlusherOptions {
  readonly spool: Spool;
  readonly insert: Insert;
  /** Keeps a row that the store will never take. */
  readonly reject: (refused: Refused) => void;
  /** Called with the number of rows that went into the store. */
  readonly onStored: (rows: number) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly batch: BatchBounds;
}

export interface BatchBounds {
  readonly rows: number;
  readonly bytes: number;
  /** How long a row may wait for others. */
  readonly ms: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** After so many failures for a reason that no outage explains, single rows are suspected. */
const DOUBTFUL_AFTER = 3;

export function startFlusher(options: FlusherOptions): Flusher {
  const { spool, insert, reject, onStored, clock, random, log, batch } = options;
  const gate = createGate();
  const stopping = new AbortController();
  const waiting: { readonly settled: number; resolve(): void }[] = [];
  let settledRows = 0;
  let urgent = false;
  let ending = false;
  let idle = false;
  let healthy = true;
  let inHand: readonly Entry[] = [];
  const done = run();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted && !(ending && spool.rows === 0)) {
      try {
        await gather();
        await settleAll();
      } catch (error) {
        // Not foreseen, but calls must go on to the store after it.
        log.error('The ledger failed to store calls and tries again', { error: messageOf(error) });
        await pause(LONGEST_PAUSE_MS);
      }
    }
    release();
  }

  /** Waits for rows, then a moment for more of them, and takes a batch in hand. */
  async function gather(): Promise<void> {
    if (inHand.length > 0) return;
    if (spool.rows === 0) {
      urgent = ending;
      release();
      idle = true;
      await gate.wait();
      idle = false;
    }
    if (!urgent && spool.rows < batch.rows) await gate.wait(batch.ms);
    inHand = spool.take(batch.rows, batch.bytes);
    // Rows that turned out to be none must not keep this loop spinning.
    if (inHand.length === 0) await gate.wait(batch.ms);
  }

  /** Works until nothing is in hand, or the time to stop is over. */
  async function settleAll(): Promise<void> {
    for (let failures = 0; inHand.length > 0 && !stopping.signal.aborted; failures += 1) {
      const { stored, refused, left, error } = await deliver(insert, inHand, failures >= DOUBTFUL_AFTER);
      for (const each of refused) reject(each);
      const settled = [...stored, ...refused.map(({ entry }) => entry)];
      inHand = left;
      spool.settle(settled);
      settledRows += settled.length;
      if (stored.length > 0) onStored(stored.length);
      report(error, left.length);
      release();
      // What is on disk need not wait for a store that is away.
      if (ending && left.length > 0 && spool.journalError === null) stopping.abort();
      if (left.length > 0) await pause(stored.length > 0 ? 0 : FIRST_PAUSE_MS * 2 ** failures);
    }
  }

  function report(error: Error | null, left: number): void {
    if (error !== null && left > 0) {
      if (healthy)
        log.warn('The store does not take calls; they wait in the journal', { error: messageOf(error) });
      healthy = false;
    } else {
      if (!healthy) log.info('The store takes calls again', { waiting: spool.rows });
      healthy = true;
    }
  }

  async function pause(mostMs: number): Promise<void> {
    const most = Math.min(mostMs, LONGEST_PAUSE_MS);
    await clock.sleep(most * (0.5 + random() / 2), stopping.signal).catch(() => {});
  }

  function release(): void {
    while (waiting[0] && (waiting[0].settled <= settledRows || spool.rows === 0)) waiting.shift()?.resolve();
  }

  return {
    get healthy() {
      return healthy;
    },
    get inHand() {
      return inHand;
    },
    wake() {
      if (idle || spool.rows >= batch.rows) gate.open();
    },
    flush() {
      if (spool.rows === 0) return Promise.resolve();
      urgent = true;
      gate.open();
      return new Promise((resolve) => waiting.push({ settled: settledRows + spool.rows, resolve }));
    },
    async stop(ms) {
      ending = true;
      urgent = true;
      gate.open();
      const late = clock.sleep(ms, stopping.signal).catch(() => {});
      await Promise.race([done, late]);
      stopping.abort();
    },
  };
}
