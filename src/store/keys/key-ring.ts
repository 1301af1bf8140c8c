import type { VirtualKey } from '../../core/key.ts';
import type { Bus, Clock, KeyRing, Log } from '../../core/ports.ts';
import { sha256 } from '../../core/secret.ts';
import type { Sql } from '../sql/sql.ts';
import { KEY_LIST, KEYS_TOPIC } from './keys.ts';

/** The keys in memory, kept up to date with the store. While the store is away the last copy counts. */
export interface StoreKeyRing extends KeyRing {
  /** True once any key for the management API exists, revoked ones included. */
  readonly adminRequired: boolean;
  /** Looks at the store now. @throws SqlError */
  refresh(): Promise<void>;
  close(): void;
}

export interface KeyRingOptions {
  readonly sql: Sql;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs?: number;
}

interface Snapshot {
  readonly version: number;
  readonly byHash: ReadonlyMap<string, VirtualKey>;
  readonly required: boolean;
  readonly adminRequired: boolean;
}

const EVERY_MS = 1_000;

export function openKeyRing({ sql, bus, clock, log, everyMs = EVERY_MS }: KeyRingOptions): StoreKeyRing {
  let snapshot: Snapshot | null = null;
  let looking = false;
  let wanted = false;
  let failing = false;

  async function read(): Promise<void> {
    const [current] = await sql.query<{ version: number }>('select version from illm.key_version');
    if (!current || (snapshot && current.version <= snapshot.version)) return;
    const rows = await sql.query<VirtualKey & { hash: string }>(`select hash, ${KEY_LIST} from illm.keys`);
    snapshot = {
      // Read before the keys: a change in between is seen again at the next look, and never missed.
      version: current.version,
      byHash: new Map(rows.map(({ hash, ...key }) => [hash, key])),
      // Revoking the last key must lock the door, not open it.
      required: rows.some(({ scope }) => scope === 'call'),
      adminRequired: rows.some(({ scope }) => scope === 'admin'),
    };
  }

  /** One look at a time; a change that is told during one is looked for right after it. */
  async function look(): Promise<void> {
    wanted = true;
    if (looking) return;
    looking = true;
    while (wanted) {
      wanted = false;
      try {
        await read();
        failing = false;
      } catch (error) {
        if (!failing)
          log.warn('The keys cannot be read', { error: error instanceof Error ? error.message : error });
        failing = true;
      }
    }
    looking = false;
  }

  const timer = setInterval(() => {
    if (!looking) void look();
  }, everyMs).unref();
  const unsubscribe = bus.subscribe(KEYS_TOPIC, () => void look());

  return {
    get ready() {
      return snapshot !== null;
    },
    get required() {
      return snapshot?.required ?? true;
    },
    get adminRequired() {
      return snapshot?.adminRequired ?? true;
    },
    find(secret) {
      const key = snapshot?.byHash.get(sha256(secret)) ?? null;
      if (key === null || key.revokedAt !== null) return null;
      if (key.expiresAt !== null && Date.parse(key.expiresAt) <= clock.now()) return null;
      return key;
    },
    refresh: read,
    close() {
      clearInterval(timer);
      unsubscribe();
    },
  };
}
