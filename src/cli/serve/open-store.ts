import type { KeyAccess } from '../../api/index.ts';
import type { Channel } from '../../core/channel.ts';
import { systemClock } from '../../core/clock.ts';
import type { Bus, Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { localBus, redisBus } from '../../shared/index.ts';
import { LockedError, openStore, SchemaError, type Store } from '../../store/index.ts';
import { Failure } from '../failure.ts';

export interface InstalledStoreOptions {
  readonly settings: Settings;
  readonly log: Log;
  readonly bus: Bus;
  /** In a worker: the line to the process that owns the store. */
  readonly owner?: Channel;
}

/** The bus of this installation: through Redis when several gateways share one. */
export function openBus({ sharedUrl }: Pick<Settings, 'sharedUrl'>, log: Log): Bus {
  return sharedUrl === null ? localBus() : redisBus(sharedUrl, log);
}

/** @throws Failure when another process has the data directory, or the store is of a newer version */
export async function openInstalledStore({ settings, ...rest }: InstalledStoreOptions): Promise<Store> {
  const { url, dataDir, retentionDays } = settings.store;
  try {
    return await openStore({ ...rest, url, dataDir, retentionDays, clock: systemClock });
  } catch (error) {
    if (error instanceof LockedError || error instanceof SchemaError)
      throw new Failure(error.message, { cause: error });
    throw error;
  }
}

/** The keys as the management API uses them. What it changes counts at once, in this process too. */
export function keyAccess({ keys, keyRing }: Pick<Store, 'keys' | 'keyRing'>): KeyAccess {
  return {
    adminRequired: () => keyRing.adminRequired,
    find: (secret) => keyRing.find(secret),
    list: () => keys.list(),
    create: async (key) => {
      const created = await keys.create(key);
      await keyRing.refresh();
      return created;
    },
    revoke: async (id) => {
      const revoked = await keys.revoke(id);
      await keyRing.refresh();
      return revoked;
    },
  };
}
