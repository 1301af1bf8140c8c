import { type AnswerStore, FREE_LEASE } from '../../core/answer-store.ts';
import type { Clock } from '../../core/ports.ts';

/** What an entry takes besides its value: its key and its place in the map. */
const ENTRY_BYTES = 256;

interface Kept {
  readonly value: Uint8Array;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Answers in this process's memory. */
export function localAnswerStore(maxBytes: number, clock: Pick<Clock, 'now'>): AnswerStore {
  // A map keeps the order of insertion: what is read is inserted anew, so the first is the least recently used.
  const kept = new Map<string, Kept>();
  let bytes = 0;

  const sizeOf = (key: string, value: Uint8Array): number => value.length + key.length + ENTRY_BYTES;

  function remove(key: string): void {
    const entry = kept.get(key);
    if (!entry) return;
    kept.delete(key);
    bytes -= sizeOf(key, entry.value);
  }

  return {
    reach: 'process',
    get: async (key) => {
      const entry = kept.get(key);
      if (!entry) return null;
      if (entry.expiresAt <= clock.now()) {
        remove(key);
        return null;
      }
      kept.delete(key);
      kept.set(key, entry);
      return entry.value;
    },
    put: async (key, value, ttlMs) => {
      const size = sizeOf(key, value);
      if (size > maxBytes || ttlMs <= 0) return false;
      remove(key);
      bytes += size;
      kept.set(key, { value, expiresAt: clock.now() + ttlMs });
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
      return true;
    },
    lease: async () => FREE_LEASE,
    leased: async () => false,
    clear: async () => {
      const { size } = kept;
      kept.clear();
      bytes = 0;
      return size;
    },
    size: async () => ({ entries: kept.size, bytes, maxBytes }),
    close: async () => undefined,
  };
}
