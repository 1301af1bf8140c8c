import type { Segment } from './journal.ts';

/** One row on its way to the store. */
export interface Entry {
  readonly line: string;
  /** Where it is kept on disk; null while the journal cannot be written. */
  segment: Segment | null;
}

/** Rows in memory, first in first out, bounded in number and size. */
export interface Queue {
  readonly rows: number;
  readonly isFull: boolean;
  /** True when there is room for a whole segment from disk. */
  readonly isLow: boolean;
  push(entry: Entry): void;
  take(rows: number, bytes: number): Entry[];
  entries(): readonly Entry[];
}

export interface QueueBounds {
  readonly rows: number;
  /** Counted in characters of JSON. */
  readonly bytes: number;
}

export function createQueue(most: QueueBounds): Queue {
  let entries: Entry[] = [];
  let head = 0;
  let bytes = 0;
  const rows = (): number => entries.length - head;

  return {
    get rows() {
      return rows();
    },
    get isFull() {
      return rows() >= most.rows || bytes >= most.bytes;
    },
    get isLow() {
      return rows() <= most.rows / 2 && bytes <= most.bytes / 2;
    },
    push(entry) {
      entries.push(entry);
      bytes += entry.line.length;
    },
    take(mostRows, mostBytes) {
      const start = head;
      let taken = 0;
      while (head < entries.length && head - start < mostRows) {
        const length = entries[head]?.line.length ?? 0;
        if (taken > 0 && taken + length > mostBytes) break;
        taken += length;
        head += 1;
      }
      const batch = entries.slice(start, head);
      bytes -= taken;
      // What was taken must not stay in memory: it would outlive two collections, which is dear.
      if (head === entries.length || (head > 1024 && head * 2 > entries.length)) {
        entries = entries.slice(head);
        head = 0;
      }
      return batch;
    },
    entries: () => entries.slice(head),
  };
}
