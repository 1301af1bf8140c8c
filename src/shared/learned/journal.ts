import { CallError } from '../../core/errors.ts';
import type { LearnedEvent, LearnedStore, StoredEvent } from '../../core/learned.ts';
import { messageOf } from '../../core/message-of.ts';
import type { Bus, Log } from '../../core/ports.ts';

export interface JournalOptions {
  readonly store: LearnedStore;
  readonly topic: string;
  readonly bus: Bus;
  readonly log: Log;
  /**
   * Reads what was there before, in the background. Gives the `seq` up to which it read. Called again when it failed, and
   * after so long a silence of the store that others may have deleted what told of their deletions.
   */
  readonly load: (signal: AbortSignal) => Promise<number>;
  /** Takes events in their one order, those of this process among them. */
  readonly receive: (events: readonly StoredEvent[]) => void;
  readonly pollMs?: number;
  readonly flushMs?: number;
}

/** Writes events of one topic behind, and reads those of all processes. Nobody waits for it, and it fails nobody. */
export interface Journal {
  /** Begins to read, where that was not begun. */
  start(): void;
  /** False where no room is left, while the store cannot be reached. */
  append(event: LearnedEvent): boolean;
  /** Takes back what waits to be written. */
  withdraw(which: (event: LearnedEvent) => boolean): void;
  /** Lets all processes look for new events. */
  nudge(): void;
  readonly loaded: boolean;
  /** Events that are not written yet. */
  readonly waiting: number;
  /** Writes what waits, for a bounded time. */
  close(): Promise<void>;
}

const POLL_MS = 3_000;
const FLUSH_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
const MOST_WAITING = 10_000;
const MOST_WAITING_CHARS = 32 * 1024 * 1024;
const MOST_AT_ONCE = 200;
const MOST_CHARS_AT_ONCE = 4 * 1024 * 1024;
const MOST_READ = 200;
/** What tells others of deletions is kept for an hour. */
const SILENCE_MS = 30 * 60_000;
const CLOSE_MS = 2_000;

export function openJournal(options: JournalOptions): Journal {
  const { store, topic, bus, log, load, receive, pollMs = POLL_MS, flushMs = FLUSH_MS } = options;
  const channel = `learned:${topic}`;
  const stopped = new AbortController();
  let queue: LearnedEvent[] = [];
  let chars = 0;
  let flushing: Promise<void> | null = null;
  let flushTimer: NodeJS.Timeout | null = null;
  let pollTimer: NodeJS.Timeout | null = null;
  let failures = 0;
  let refused = 0;
  let started = false;
  /** Null until what was there before is read. */
  let seq: number | null = null;
  let heardAt = performance.now();
  let polling = false;
  let again = false;

  function failed(error: unknown): void {
    failures += 1;
    if (failures > 1) return;
    log.warn('What was learnt cannot be kept or read; calls go on, it is tried again', {
      topic,
      error: messageOf(error),
    });
  }

  function succeeded(): void {
    if (failures > 0 || refused > 0) log.info('What is learnt is kept again', { topic, lost: refused });
    failures = 0;
    refused = 0;
  }

  const pause = (): number => Math.min(flushMs * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);

  function later(ms: number): void {
    if (flushTimer || stopped.signal.aborted) return;
    flushTimer = setTimeout(() => {
      flushTimer = null;
      void flush();
    }, ms).unref();
  }

  /** One at a time: whoever comes meanwhile waits for that one. */
  async function writeOnce(): Promise<void> {
    flushing ??= write().finally(() => {
      flushing = null;
    });
    await flushing;
  }

  async function flush(): Promise<void> {
    await writeOnce();
    if (queue.length > 0) later(pause());
  }

  async function write(): Promise<void> {
    const some = firstOf(queue);
    if (some.length === 0) return;
    try {
      await store.append(topic, some);
    } catch (error) {
      failed(error);
      // What it does not take now it never will: it must not be in the way of what comes after it.
      if (error instanceof CallError && error.code === 'not_ready') return;
      refused += some.length;
    }
    const written = new Set(some);
    queue = queue.filter((event) => !written.has(event));
    chars = queue.reduce((sum, { data }) => sum + data.length, 0);
    if (failures === 0 || refused === 0) succeeded();
    bus.publish(channel, '');
  }

  async function poll(): Promise<void> {
    if (seq === null || stopped.signal.aborted) return;
    again = polling;
    if (polling) return;
    polling = true;
    try {
      if (performance.now() - heardAt > SILENCE_MS) seq = await load(stopped.signal);
      for (;;) {
        const events = await store.read(topic, { after: seq, limit: MOST_READ });
        seq = events.at(-1)?.seq ?? seq;
        heardAt = performance.now();
        if (events.length > 0) receive(events);
        if (failures > 0 && queue.length === 0) succeeded();
        if (events.length < MOST_READ) break;
      }
    } catch (error) {
      failed(error);
    } finally {
      polling = false;
    }
    if (again) await poll();
  }

  async function begin(): Promise<void> {
    try {
      seq = await load(stopped.signal);
      heardAt = performance.now();
      succeeded();
    } catch (error) {
      if (stopped.signal.aborted) return;
      failed(error);
      pollTimer = setTimeout(() => void begin(), pause()).unref();
      return;
    }
    pollTimer = setInterval(() => void poll(), pollMs).unref();
    await poll();
  }

  const unsubscribe = bus.subscribe(channel, () => void poll());

  return {
    start() {
      if (started) return;
      started = true;
      void begin();
    },
    append(event) {
      this.start();
      if (queue.length >= MOST_WAITING || chars + event.data.length > MOST_WAITING_CHARS) {
        if (refused === 0) log.warn('Too much waits to be kept; what is learnt now is lost', { topic });
        refused += 1;
        return false;
      }
      queue.push(event);
      chars += event.data.length;
      later(pause());
      return true;
    },
    withdraw(which) {
      queue = queue.filter((event) => !which(event));
      chars = queue.reduce((sum, { data }) => sum + data.length, 0);
    },
    nudge: () => bus.publish(channel, ''),
    get loaded() {
      return seq !== null;
    },
    get waiting() {
      return queue.length;
    },
    async close() {
      if (flushTimer) clearTimeout(flushTimer);
      flushTimer = null;
      if (pollTimer) clearTimeout(pollTimer);
      unsubscribe();
      const until = Date.now() + CLOSE_MS;
      const earlier = failures;
      while (queue.length > 0 && failures === earlier && Date.now() < until) {
        await Promise.race([writeOnce(), timeout(until - Date.now())]);
      }
      stopped.abort();
      if (queue.length > 0) log.warn('Some of what was learnt was not kept', { topic, lost: queue.length });
    },
  };
}

function firstOf(queue: readonly LearnedEvent[]): LearnedEvent[] {
  let chars = 0;
  const past = queue.findIndex(({ data }, at) => {
    chars += data.length;
    return at > 0 && (at >= MOST_AT_ONCE || chars > MOST_CHARS_AT_ONCE);
  });
  return queue.slice(0, past < 0 ? queue.length : past);
}

async function timeout(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
