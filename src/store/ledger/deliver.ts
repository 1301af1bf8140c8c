import { asSqlError, type SqlError } from '../sql/sql-error.ts';
import type { Entry } from './queue.ts';

export interface Refused {
  readonly entry: Entry;
  readonly error: SqlError;
}

/** What became of a batch. Every entry is in exactly one of the lists. */
export interface Delivery {
  readonly stored: readonly Entry[];
  /** Rows that the store will never take. */
  readonly refused: readonly Refused[];
  /** Rows to try again. */
  readonly left: readonly Entry[];
  /** Why rows are left. */
  readonly error: SqlError | null;
}

export type Insert = (lines: readonly string[]) => Promise<unknown>;

/**
 * Tries to store a batch, once. A batch with a row that the store refuses for itself is halved until the row stands
 * alone, so that it holds up no other. With `doubtful`, an error that may or may not be a row's own is treated the same
 * way: a row is refused for it only if the store took another one meanwhile.
 */
export async function deliver(insert: Insert, batch: readonly Entry[], doubtful: boolean): Promise<Delivery> {
  const stored: Entry[] = [];
  const refused: Refused[] = [];
  const suspects: Refused[] = [];
  const left: Entry[] = [];
  let outage: SqlError | null = null;

  async function attempt(entries: readonly Entry[]): Promise<void> {
    if (outage) {
      left.push(...entries);
      return;
    }
    try {
      await insert(entries.map(({ line }) => line));
      stored.push(...entries);
    } catch (thrown) {
      const error = asSqlError(thrown, 'driver');
      const [first] = entries;
      if (!first || error.isOutage || error.isConflict || !(error.blamesRow || doubtful)) {
        outage = error;
        left.push(...entries);
      } else if (entries.length === 1) {
        (error.blamesRow ? refused : suspects).push({ entry: first, error });
      } else {
        const half = entries.length >> 1;
        await attempt(entries.slice(0, half));
        await attempt(entries.slice(half));
      }
    }
  }

  await attempt(batch);
  if (stored.length > 0) return { stored, refused: [...refused, ...suspects], left, error: outage };
  const error = outage ?? suspects[0]?.error ?? null;
  return { stored, refused, left: [...suspects.map(({ entry }) => entry), ...left], error };
}
