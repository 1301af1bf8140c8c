import type { LearnedStore } from '../../core/learned.ts';
import type { Bus, Clock, Log } from '../../core/ports.ts';
import { plansOf, type Settings } from '../../core/settings.ts';
import { createGuards, type Guards } from '../../policy/compress/index.ts';
import { openJournal } from '../../shared/learned/index.ts';

interface GuardMemoryDeps {
  readonly settings: () => Settings;
  readonly store: LearnedStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

const TOPIC = 'compress-guard/1';
const SWEEP_MS = 3_600_000;
const RETENTION = { maxEvents: 0, maxBytes: 0, maxOfScope: 2_000, maxOthers: 15_000 };
const MOST_AT_ONCE = 1_000;

/** The guards of compression, whose evidence outlives the process and is shared by all that use the same store. */
export function openGuardMemory({ settings, store, bus, clock, log }: GuardMemoryDeps): {
  readonly guards: Guards;
  close(): Promise<void>;
} {
  const journal = openJournal({
    store,
    topic: TOPIC,
    bus,
    log,
    load: async (signal) => {
      for (let after = 0; ; ) {
        signal.throwIfAborted();
        const rows = await store.read(TOPIC, { after, limit: MOST_AT_ONCE });
        for (const row of rows) guards.take(row);
        after = rows.at(-1)?.seq ?? after;
        if (rows.length < MOST_AT_ONCE) return after;
      }
    },
    receive: (rows) => {
      for (const row of rows) guards.take(row);
    },
  });
  const guards = createGuards({
    bus,
    log,
    now: () => clock.now(),
    journal: { append: (event) => void journal.append(event), start: () => journal.start() },
  });
  if (plansOf(settings()).some(({ compress }) => compress.enabled && compress.guard !== null))
    journal.start();
  const timer = setInterval(() => {
    if (!journal.loaded) return;
    store
      .sweep(TOPIC, { now: clock.now(), ...RETENTION })
      .catch((error: unknown) => log.warn('old evidence of the guard could not be deleted', { error }));
  }, SWEEP_MS);
  timer.unref();
  return {
    guards,
    close: async () => {
      clearInterval(timer);
      guards.close();
      await journal.close();
    },
  };
}
