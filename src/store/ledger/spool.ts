import { messageOf } from '../../core/message-of.ts';
import type { Log } from '../../core/ports.ts';
import type { Journal, Segment } from './journal.ts';
import { createQueue, type Entry, type QueueBounds } from './queue.ts';

/** Rows on their way from the gateway to the store: in the journal, and as many as fit in memory too. */
export interface Spool {
  /** Rows that are not in the store yet, as far as is known. */
  readonly rows: number;
  /** Why the journal cannot be written; null while it can. */
  readonly journalError: string | null;
  /** True when no more rows fit in memory. */
  readonly isFull: boolean;
  /** @throws RangeError when the row can be kept neither on disk nor in memory */
  push(line: string): void;
  /** The next rows, at least one if there is any. The caller settles each of them. */
  take(rows: number, bytes: number): Entry[];
  /** The rows need not be kept any longer. */
  settle(entries: readonly Entry[]): void;
  /** Queues the rows that another process left in its directory. */
  adopt(directory: string): void;
  /** Tries to write what the journal could not take, in memory and in the caller's hand. */
  repair(inHand: readonly Entry[]): void;
  close(): void;
}

export interface SpoolOptions {
  readonly journal: Journal;
  readonly log: Log;
  readonly memory: QueueBounds;
}

export function createSpool({ journal, log, memory: bounds }: SpoolOptions): Spool {
  const memory = createQueue(bounds);
  /** Segments whose rows are not in memory, oldest first. The last one may still be written while `spilling`. */
  const backlog: Segment[] = [];
  /** While true, new rows go to disk only. */
  let spilling = false;
  let broken: string | null = null;
  let pending = 0;

  /** Tries also while the disk was full a moment ago: every row that gets there survives. */
  function write(line: string): Segment | null {
    try {
      if (memory.isFull && !spilling) {
        // A segment of the backlog is read as a whole: none of its rows may be in memory already.
        journal.seal();
        spilling = true;
      }
      return journal.append(line);
    } catch (error) {
      if (broken === null)
        log.error('The journal cannot be written; calls are kept in memory until they are stored', {
          error: messageOf(error),
        });
      broken = messageOf(error);
      return null;
    }
  }

  /** Brings the oldest segment of the backlog into memory. */
  function load(): void {
    const segment = backlog.shift();
    if (!segment) return;
    if (journal.isOpen(segment)) journal.seal();
    if (backlog.length === 0) spilling = false;
    pending -= segment.unstored;
    try {
      const { lines, tornBytes } = journal.read(segment);
      if (tornBytes > 0)
        log.warn('A call was being written when its process ended; it was never reported as kept', {
          file: segment.path,
          bytes: tornBytes,
        });
      pending += lines.length;
      segment.unstored = lines.length;
      if (lines.length === 0) journal.discard(segment);
      for (const line of lines) memory.push({ line, segment });
    } catch (error) {
      log.error('A journal file cannot be read and stays where it is', {
        file: segment.path,
        error: messageOf(error),
      });
    }
  }

  return {
    get rows() {
      return pending;
    },
    get journalError() {
      return broken;
    },
    get isFull() {
      return memory.isFull;
    },
    push(line) {
      const segment = write(line);
      if (segment !== null && spilling) {
        if (backlog.at(-1) !== segment) backlog.push(segment);
      } else {
        if (memory.isFull) throw new RangeError(broken ?? 'no room');
        memory.push({ line, segment });
      }
      pending += 1;
    },
    take(rows, bytes) {
      while (backlog.length > 0 && memory.isLow) load();
      return memory.take(rows, bytes);
    },
    settle(entries) {
      pending -= entries.length;
      for (const { segment } of entries) {
        if (segment === null) continue;
        try {
          journal.stored(segment);
        } catch (error) {
          log.warn('A journal file cannot be removed; its calls will be offered to the store again', {
            file: segment.path,
            error: messageOf(error),
          });
        }
      }
    },
    adopt(directory) {
      const segments = journal.leftovers(directory);
      const rows = segments.reduce((sum, { unstored }) => sum + unstored, 0);
      if (rows > 0)
        log.info('Storing calls that an earlier process left in its journal', { rows, directory });
      backlog.unshift(...segments);
      pending += rows;
    },
    repair(inHand) {
      if (broken === null) return;
      const unwritten = [...inHand, ...memory.entries()].filter(({ segment }) => segment === null);
      try {
        // Into a segment of their own: these rows are in memory, so it must not become one of the backlog.
        journal.seal();
        for (const entry of unwritten) entry.segment = journal.append(entry.line);
        if (unwritten.length === 0) journal.probe();
        broken = null;
        log.info('The journal can be written again');
      } catch (error) {
        broken = messageOf(error);
      } finally {
        journal.seal();
      }
    },
    close: () => journal.close(),
  };
}
