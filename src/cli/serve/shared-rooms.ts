import type { Channel } from '../../core/channel.ts';
import type { Counters } from '../../core/counters.ts';
import type { Bus, Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { channelCounters, localCounters, redisCounters, serveCounters } from '../../shared/counters/index.ts';
import { ipcBus, serveBus } from '../../shared/index.ts';
import { serveStore, type Store } from '../../store/index.ts';
import { openBus, openInstalledStore } from './open-store.ts';

/** Names of the lines that a worker's store, bus and counters use. */
const STORE = 'store';
const BUS = 'bus';
const COUNTERS = 'counters';

/** Store and bus of one process. */
export interface Rooms {
  readonly store: Store;
  readonly bus: Bus;
  /** Of limits and budgets. */
  readonly counters: Counters;
  readonly close: () => Promise<void>;
}

/** Store and bus of a primary, which serves them to its workers. */
export interface ServedRooms extends Rooms {
  /** Serves one more worker. @param channel a line to it by that name */
  readonly attach: (channel: (name: string) => Channel) => void;
}

export async function openRooms(settings: Settings, log: Log): Promise<Rooms> {
  const { sharedUrl } = settings;
  const counters = sharedUrl === null ? localCounters() : redisCounters(sharedUrl, log);
  return await withStore(settings, log, openBus(settings, log), counters);
}

export async function openServedRooms(settings: Settings, log: Log): Promise<ServedRooms> {
  const rooms = await openRooms(settings, log);
  return {
    ...rooms,
    attach: (channel) => {
      serveStore(rooms.store, channel(STORE));
      serveBus(rooms.bus, channel(BUS));
      serveCounters(rooms.counters, channel(COUNTERS));
    },
  };
}

/** A worker's own ends of its primary's store and bus. */
export async function openWorkerRooms(
  settings: Settings,
  log: Log,
  channel: (name: string) => Channel,
): Promise<Rooms> {
  return await withStore(
    settings,
    log,
    ipcBus(channel(BUS)),
    channelCounters(channel(COUNTERS)),
    channel(STORE),
  );
}

async function withStore(
  settings: Settings,
  log: Log,
  bus: Bus,
  counters: Counters,
  owner?: Channel,
): Promise<Rooms> {
  try {
    const store = await openInstalledStore({ settings, log, bus, ...(owner && { owner }) });
    return {
      store,
      bus,
      counters,
      close: async () => {
        await store.close();
        await counters.close();
        await bus.close();
      },
    };
  } catch (error) {
    await counters.close();
    await bus.close();
    throw error;
  }
}
