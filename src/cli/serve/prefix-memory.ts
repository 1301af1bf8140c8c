import { messageOf } from '../../core/message-of.ts';
import type { PrefixHistoryStore } from '../../core/prefix-history.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { PrefixHistory } from '../../policy/cache/index.ts';

/** What is older says nothing of the caches of today. */
const PAST_MS = 24 * 3_600_000;
const MOST = 20_000;
const FLUSH_MS = 5_000;
const MOST_AT_ONCE = 2_000;

interface PrefixMemoryDeps {
  readonly store: PrefixHistoryStore;
  /** Whether the past is read: it is of no use where beginnings are left alone. */
  readonly begun: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly flushMs?: number;
}

/** The history of beginnings, begun with what is kept, and added to it now and then. */
export function openPrefixMemory({ store, begun, clock, log, flushMs = FLUSH_MS }: PrefixMemoryDeps): {
  readonly history: PrefixHistory;
  /** Resolves when the past was read, or could not be. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
} {
  const history = new PrefixHistory();
  let failing = false;
  let flushing: Promise<void> | null = null;
  const failed = (error: unknown): void => {
    if (!failing)
      log.warn('the history of prompt beginnings cannot be kept; it is tried again', {
        error: messageOf(error),
      });
    failing = true;
  };
  const ready = begun ? read().catch(failed) : Promise.resolve();

  async function read(): Promise<void> {
    const sums = await store.newest(clock.now() - PAST_MS, MOST);
    // The newest last, so that they are the last to go.
    history.adopt([...sums].reverse());
  }

  async function flush(): Promise<void> {
    await ready;
    const changes = history.takeChanges(MOST_AT_ONCE);
    if (changes.length === 0) return;
    try {
      history.adopt(await store.add(changes));
      failing = false;
    } catch (error) {
      history.restoreChanges(changes);
      failed(error);
    }
  }

  const flushOnce = async (): Promise<void> => {
    flushing ??= flush().finally(() => {
      flushing = null;
    });
    await flushing;
  };
  const timer = setInterval(() => void flushOnce(), flushMs);
  timer.unref();

  return {
    history,
    ready,
    close: async () => {
      clearInterval(timer);
      await flushOnce();
    },
  };
}
