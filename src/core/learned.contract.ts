import { CallError } from './errors.ts';
import { CLEARED, DROPPED, type LearnedEvent, type LearnedStore, type StoredEvent } from './learned.ts';

/** A log in memory, for tests. */
export interface FakeLearnedStore extends LearnedStore {
  readonly rows: StoredEvent[];
  /** While it is set no method answers. */
  dead: boolean;
}

export function fakeLearnedStore(): FakeLearnedStore {
  let seq = 0;
  const rows: StoredEvent[] = [];
  const keep = (which: (row: StoredEvent) => boolean): void => {
    rows.splice(0, rows.length, ...rows.filter(which));
  };
  const insert = (event: LearnedEvent): void => {
    const cleared = rows.some(({ type, at }) => type === CLEARED && at >= event.at);
    if (rows.some(({ id }) => id === event.id) || (cleared && event.expiresAt !== null)) return;
    seq += 1;
    rows.push({ ...event, seq });
  };
  const store: FakeLearnedStore = {
    rows,
    dead: false,
    append: async (_topic, events) => {
      reach();
      events.forEach(insert);
      for (const { type, entry } of events)
        if (type === DROPPED) keep((row) => row.entry !== entry || row.expiresAt === null);
    },
    read: async (_topic, { types, entries, after = 0, before = Infinity, liveAt, newestFirst, limit }) => {
      reach();
      const found = rows.filter(
        (row) =>
          row.seq > after &&
          row.seq < before &&
          (types?.includes(row.type) ?? true) &&
          (entries?.includes(row.entry ?? '') ?? true) &&
          (liveAt === undefined || row.expiresAt === null || row.expiresAt > liveAt),
      );
      return (newestFirst === true ? found.reverse() : found).slice(0, limit);
    },
    head: async () => {
      reach();
      return rows.at(-1)?.seq ?? 0;
    },
    clear: async (_topic, event, everything) => {
      reach();
      const entries = new Set(rows.flatMap((row) => (row.expiresAt === null ? [] : [row.entry])));
      keep((row) => !everything && row.expiresAt === null);
      insert(event);
      return entries.size;
    },
    sweep: async () => undefined,
  };
  function reach(): void {
    if (store.dead) throw new CallError('not_ready', 'The store cannot be reached.');
  }
  return store;
}
