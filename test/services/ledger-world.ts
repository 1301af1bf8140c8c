import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { diskFiles, type Files } from '../../src/store/ledger/files.ts';
import { type Ledger, type LedgerOptions, openLedger } from '../../src/store/ledger/ledger.ts';
import { SqlError } from '../../src/store/sql/sql-error.ts';
import { recordingLog } from './silent-log.ts';

export type StoreMode =
  | 'up'
  | 'down'
  /** Takes the rows, and then the connection breaks before it can say so. */
  | 'lost-reply';

/** A ledger over a store and a disk that fail when told to, whose process can be killed. */
export interface LedgerWorld {
  readonly ledger: Ledger;
  /** Ids in the store. */
  readonly stored: ReadonlySet<string>;
  /** Sizes of the batches that the store took. */
  readonly batches: readonly number[];
  readonly log: ReturnType<typeof recordingLog>;
  readonly journalDir: string;
  store: StoreMode;
  diskIsFull: boolean;
  /** Ids that the store refuses. */
  readonly poison: Set<string>;
  /** As kill -9: nothing more is written or sent. A new process begins and adopts what is on disk. */
  kill(): void;
  destroy(): void;
}

export function createLedgerWorld(options: Partial<LedgerOptions> = {}): LedgerWorld {
  const journalDir = mkdtempSync(join(tmpdir(), 'illm-ledger-'));
  const stored = new Set<string>();
  const batches: number[] = [];
  const log = recordingLog();
  let processes = 0;
  let die = (): void => {};

  function start(): Ledger {
    const life = { dead: false };
    die = () => {
      life.dead = true;
    };
    processes += 1;
    const directory = join(journalDir, `${processes}-00000000`);
    const files: Files = Object.fromEntries(
      Object.entries(diskFiles).map(([name, method]) => [
        name,
        (...args: readonly never[]) => {
          if (life.dead) throw new Error('the process is dead');
          const spends = name === 'append' || name === 'open' || name === 'makeDirectory';
          if (spends && world.diskIsFull)
            throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
          return (method as (...all: readonly never[]) => unknown)(...args);
        },
      ]),
    ) as unknown as Files;
    const insert = async (lines: readonly string[]): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      if (life.dead) return await new Promise(() => {});
      if (world.store === 'down') throw new SqlError('connection', 'connect ECONNREFUSED');
      const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
      if (ids.some((id) => world.poison.has(id))) throw new SqlError('22P02', 'invalid input syntax');
      for (const id of ids) stored.add(id);
      batches.push(ids.length);
      if (world.store === 'lost-reply')
        throw new SqlError('connection', 'Connection terminated unexpectedly');
    };
    return openLedger({
      directory,
      files,
      insert,
      log,
      clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 3), signal) },
      batch: { rows: 7, bytes: 1e6, ms: 1 },
      repairMs: 5,
      ...options,
    });
  }

  const world = {
    ledger: undefined as unknown as Ledger,
    stored,
    batches,
    log,
    journalDir,
    store: 'up' as StoreMode,
    diskIsFull: false,
    poison: new Set<string>(),
    kill() {
      die();
      const directories = diskFiles.list(journalDir).filter((name) => name.endsWith('-00000000'));
      world.ledger = start();
      for (const name of directories) world.ledger.adopt(join(journalDir, name));
    },
    destroy() {
      die();
      rmSync(journalDir, { recursive: true, force: true });
    },
  };
  world.ledger = start();
  return world;
}
