import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CallError } from '../../core/errors.ts';
import type { Clock, LedgerSink, Log, Random } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import type { Insert, Refused } from './deliver.ts';
import { diskFiles, type Files } from './files.ts';
import { type BatchBounds, startFlusher } from './flusher.ts';
import { openJournal } from './journal.ts';
import type { QueueBounds } from './queue.ts';
import { rowText } from './row.ts';
import { createSpool } from './spool.ts';

/** Keeps finished calls on disk until the store has them. */
export interface Ledger extends LedgerSink {
  /** Rows that the store has not taken yet. */
  readonly journaledRows: number;
  /** True while the store takes what it is given. */
  readonly healthy: boolean;
  /** Resolves once every call appended so far is stored, or refused and set aside. Waits as long as the store is away. */
  flush(): Promise<void>;
  /** Calls back with the number of rows after they went into the store. Returns the way to stop. */
  onFlushed(listener: (rows: number) => void): () => void;
  /** Stores the calls in the journal of a process that has ended for certain. */
  adopt(directory: string): void;
  /** Stores what it can within `ms`; the rest stays on disk for the next start. */
  close(ms?: number): Promise<void>;
}

export interface LedgerOptions {
  /** This process's own journal. */
  readonly directory: string;
  readonly insert: Insert;
  readonly clock: Clock;
  readonly log: Log;
  readonly random?: Random;
  readonly files?: Files;
  /** How much is kept in memory; more waits on disk only. */
  readonly memory?: QueueBounds;
  readonly batch?: BatchBounds;
  readonly segmentBytes?: number;
  /** How often a journal that could not be written is tried again. */
  readonly repairMs?: number;
}

const MEMORY: QueueBounds = { rows: 20_000, bytes: 64 * 1024 * 1024 };
const BATCH: BatchBounds = { rows: 1_000, bytes: 4 * 1024 * 1024, ms: 200 };
const REPAIR_MS = 1_000;
const CLOSE_MS = 5_000;

export function openLedger(options: LedgerOptions): Ledger {
  const { directory, insert, clock, log, random = Math.random, files = diskFiles } = options;
  const { memory = MEMORY, batch = BATCH, segmentBytes, repairMs = REPAIR_MS } = options;
  const journal = openJournal({ directory, files, ...(segmentBytes !== undefined && { segmentBytes }) });
  const spool = createSpool({ journal, log, memory });
  const listeners = new Set<(rows: number) => void>();
  let closed = false;

  const flusher = startFlusher({
    spool,
    insert,
    reject,
    clock,
    random,
    log,
    batch,
    onStored: (rows) => {
      for (const listener of listeners) listener(rows);
    },
  });
  const repairs = setInterval(() => spool.repair(flusher.inHand), repairMs).unref();

  function reject({ entry, error }: Refused): void {
    const file = join(
      dirname(directory),
      `rejected-${new Date(clock.now()).toISOString().slice(0, 10)}.ndjson`,
    );
    const fields = { error: error.message, code: error.code };
    try {
      appendFileSync(file, `${JSON.stringify({ ...fields, row: entry.line })}\n`, { mode: 0o600 });
      log.error('The store refused a call; it was set aside', { ...fields, file });
    } catch {
      log.error('The store refused a call, and it could not be set aside', { ...fields, row: entry.line });
    }
  }

  function refusal(): string | null {
    if (closed) return 'The gateway is shutting down.';
    if (spool.journalError === null || (flusher.healthy && !spool.isFull)) return null;
    return (
      `The gateway cannot record calls: its journal in ${directory} cannot be written (${spool.journalError}) ` +
      'and the store does not take them. Free space there, or bring the store back.'
    );
  }

  return {
    get journaledRows() {
      return spool.rows;
    },
    get healthy() {
      return flusher.healthy;
    },
    append(record: CallRecord) {
      if (closed) throw new CallError('not_ready', 'The gateway is shutting down.');
      try {
        spool.push(rowText(record));
      } catch (error) {
        throw new CallError('not_ready', refusal() ?? 'The gateway cannot record calls.', { cause: error });
      }
      flusher.wake();
    },
    refusal,
    flush: () => flusher.flush(),
    onFlushed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    adopt(from) {
      spool.adopt(from);
      flusher.wake();
    },
    async close(ms = CLOSE_MS) {
      if (closed) return;
      closed = true;
      clearInterval(repairs);
      spool.repair(flusher.inHand);
      await flusher.stop(ms);
      if (spool.rows > 0)
        log.warn('Stopped before all calls were stored; the rest follows at the next start', {
          rows: spool.rows,
          directory,
        });
      spool.close();
    },
  };
}
