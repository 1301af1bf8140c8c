import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { uuidv7 } from '../../core/ids.ts';
import { type FakeLearnedStore, fakeLearnedStore } from '../../core/learned.contract.ts';
import type { LearnedEvent } from '../../core/learned.ts';
import type { Bus } from '../../core/ports.ts';
import { localBus } from '../local-bus.ts';
import { type Journal, openJournal } from './journal.ts';

let store: FakeLearnedStore;
let bus: Bus;
let said: string[];
const open: Journal[] = [];
const note = (message: string): void => void said.push(message);

beforeEach(() => {
  store = fakeLearnedStore();
  bus = localBus();
  said = [];
});
afterEach(async () => {
  store.dead = false;
  for (const journal of open.splice(0)) await journal.close();
});

function event(data = '{}'): LearnedEvent {
  const common = { type: 'compared', at: 1, entry: null, scope: 's', expiresAt: null, bytes: 0 };
  return { ...common, id: uuidv7(1), data };
}

function process(on: Bus = bus) {
  const received: string[] = [];
  const journal = openJournal({
    store,
    topic: 't',
    bus: on,
    log: { info: note, warn: note, error: note },
    load: async () => {
      const rows = await store.read('t', { limit: 1_000_000 });
      received.push(...rows.map(({ id }) => id));
      return rows.at(-1)?.seq ?? 0;
    },
    receive: (events) => void received.push(...events.map(({ id }) => id)),
    pollMs: 5,
    flushMs: 1,
  });
  open.push(journal);
  journal.start();
  return { journal, received };
}

describe('what was learnt', () => {
  it('reaches every process once and in one order, its own too, with a bus in common and without', async () => {
    const all = [process(), process(), process(localBus())];
    const events = Array.from({ length: 300 }, () => event());
    events.forEach((each, at) => all[at % 3]?.journal.append(each));
    await vi.waitFor(() => expect(all.map(({ received }) => received.length)).toEqual([300, 300, 300]));
    const [first, ...others] = all.map(({ received }) => received);
    expect(new Set(first)).toEqual(new Set(events.map(({ id }) => id)));
    for (const other of others) expect(other).toEqual(first);
    const later = process();
    await vi.waitFor(() => expect(later.received).toEqual(first));
  });

  it('waits while the store is away, in bounded room, says so once, and is kept afterwards', async () => {
    store.dead = true;
    const { journal, received } = process();
    const large = 'x'.repeat(1024 * 1024);
    const taken = Array.from({ length: 40 }, () => journal.append(event(large)));
    expect(taken.filter(Boolean)).toHaveLength(32);
    expect(journal.waiting).toBe(32);
    await vi.waitFor(() =>
      expect(said.filter((line) => line.includes('cannot be kept or read'))).toHaveLength(1),
    );
    expect(said.filter((line) => line.includes('is lost'))).toHaveLength(1);
    expect(journal.loaded).toBe(false);
    store.dead = false;
    await vi.waitFor(() => expect(received).toHaveLength(32), { timeout: 10_000 });
    expect(journal.waiting).toBe(0);
    expect(said.at(-1)).toContain('kept again');
  });

  it('is not held up by what the store refuses, and counts once when an answer of the store was lost', async () => {
    const append = store.append.bind(store);
    let lost = 0;
    store.append = async (topic, events) => {
      if (events.some(({ data }) => data === 'bad')) throw new Error('no such row');
      await append(topic, events);
      lost += 1;
      if (lost === 1) throw new Error('and it was kept all the same');
    };
    const { journal, received } = process();
    const good = event();
    journal.append(event('bad'));
    await vi.waitFor(() => expect(journal.waiting).toBe(0));
    journal.append(good);
    await vi.waitFor(() => expect(received).toEqual([good.id]));
    expect(store.rows).toHaveLength(1);
  });

  it('is written before the process ends, unless it was withdrawn', async () => {
    const { journal } = process();
    const [kept, withdrawn] = [event(), event('{"secret":1}')];
    journal.append(kept);
    journal.append(withdrawn);
    journal.withdraw(({ data }) => data.includes('secret'));
    await journal.close();
    expect(store.rows.map(({ id }) => id)).toEqual([kept.id]);
  });
});
