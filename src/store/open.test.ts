import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MessageChannel } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { callRecord } from '../../test/services/call-record.ts';
import { freePort } from '../../test/services/free-port.ts';
import { freshPgliteDirectory } from '../../test/services/pglite.ts';
import { POSTGRES, type PostgresService, startPostgres } from '../../test/services/postgres.ts';
import { recordingLog, silentLog } from '../../test/services/silent-log.ts';
import { threadChannel } from '../core/channel.ts';
import { systemClock } from '../core/clock.ts';
import type { Bus } from '../core/ports.ts';
import { LockedError } from './lock.ts';
import { openStore, serveStore, type Store, type StoreOptions } from './open.ts';
import { EVERY_CALL } from './queries/filter.ts';

const directories: string[] = [];
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A data directory whose embedded database was made before, so that opening it takes a moment only. */
async function freshDataDir(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'illm-data-'));
  directories.push(directory);
  await freshPgliteDirectory(join(directory, 'postgres'));
  return directory;
}

/** A bus of one process; enough for stores that share it. */
function sharedBus(): Bus {
  const listeners = new Set<(message: string) => void>();
  return {
    publish: (_topic, message) => {
      for (const listener of listeners) listener(message);
    },
    subscribe: (_topic, listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {},
  };
}

async function open(options: Partial<StoreOptions> & { url: string; dataDir: string }): Promise<Store> {
  const store = await openStore({
    log: silentLog,
    clock: systemClock,
    bus: sharedBus(),
    retentionDays: null,
    ...options,
  });
  undo.push(() => store.close());
  return store;
}

const ALL = { from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };

async function countCalls(store: Store): Promise<number> {
  return (await store.queries.spend({ filter: { ...EVERY_CALL, ...ALL }, groupBy: [], limit: 10 })).total
    .calls;
}

describe('an embedded store', { timeout: 90_000 }, () => {
  it('keeps calls and keys from one opening to the next, and opens quickly', async () => {
    const dataDir = await freshDataDir();
    const first = await open({ url: dataDir, dataDir });
    const record = callRecord();
    first.ledger.append(record);
    const { secret } = await first.keys.create({ name: 'app' });
    await vi.waitFor(async () => expect(await first.queries.call(record.id)).toEqual(record));
    expect(first.healthy).toBe(true);
    await first.close();
    expect(readdirSync(dataDir).sort()).toEqual(['journal', 'postgres']);
    expect(readdirSync(join(dataDir, 'journal'))).toEqual([]);

    const second = await open({ url: dataDir, dataDir });
    expect(second.keyRing.ready).toBe(true);
    expect(second.keyRing.find(secret)?.name).toBe('app');
    expect(await second.queries.call(record.id)).toEqual(record);
  });

  it('is refused to a second process, which is told what to do', async () => {
    const dataDir = await freshDataDir();
    await open({ url: dataDir, dataDir });
    await expect(open({ url: dataDir, dataDir })).rejects.toThrow(LockedError);
    await expect(open({ url: dataDir, dataDir })).rejects.toThrow('--data DIR');
    const other = await freshDataDir();
    await expect(open({ url: dataDir, dataDir: other })).rejects.toThrow(LockedError);
    await open({ url: other, dataDir: other });
  });

  it('serves workers, with the same keys and calls', async () => {
    const dataDir = await freshDataDir();
    const bus = sharedBus();
    const owner = await open({ url: dataDir, dataDir, bus });
    const { port1, port2 } = new MessageChannel();
    undo.push(() => port1.close(), serveStore(owner, threadChannel(port1)));
    const worker = await open({ url: dataDir, dataDir, bus, owner: threadChannel(port2) });
    const { key, secret } = await worker.keys.create({ name: 'app' });
    await vi.waitFor(() => expect(owner.keyRing.find(secret)).toEqual(key));
    const record = callRecord();
    worker.ledger.append(record);
    expect(readdirSync(join(dataDir, 'journal'))).toHaveLength(1);
    await worker.ledger.flush();
    expect(await owner.queries.call(record.id)).toEqual(record);
    await worker.close();
    expect(readdirSync(join(dataDir, 'journal'))).toEqual([]);
    expect(await owner.queries.call(record.id)).toEqual(record);
  });

  it('loses no call that was acknowledged when its process is killed, and counts none twice', async () => {
    const dataDir = await freshDataDir();
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const before = acknowledged.length;
      const child = startWriter(dataDir);
      const ids = createInterface({ input: child.stdout! });
      ids.on('line', (line) => acknowledged.push(line));
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 50), { timeout: 20_000 });
      await systemClock.sleep(Math.random() * 400);
      const closed = once(ids, 'close');
      child.kill('SIGKILL');
      await closed;
    }
    const store = await open({ url: dataDir, dataDir });
    await store.ledger.flush();
    const rows = await store.sql.query<{ id: string }>('select id from illm.calls');
    const stored = new Set(rows.map(({ id }) => id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(rows.length).toBe(stored.size);
    expect(await countCalls(store)).toBe(stored.size);
    expect(stored.size - acknowledged.length).toBeLessThan(3 * 100);
  });
});

/** A process that appends calls and writes each one's id to stdout once the ledger has taken it. */
function startWriter(dataDir: string): ChildProcess {
  const dist = new URL('../../dist/', import.meta.url).href;
  const script = `
    import { writeSync } from 'node:fs';
    const { openStore } = await import('${dist}store/index.js');
    const { systemClock: clock } = await import('${dist}core/clock.js');
    const { uuidv7 } = await import('${dist}core/ids.js');
    const log = { info() {}, warn() {}, error() {} };
    const bus = { publish() {}, subscribe: () => () => {}, close: async () => {} };
    const dataDir = ${JSON.stringify(dataDir)};
    const store = await openStore({ url: dataDir, dataDir, log, clock, bus, retentionDays: null });
    const record = ${JSON.stringify(callRecord())};
    for (;;) {
      for (let count = 0; count < 20; count += 1) {
        const id = uuidv7(Date.now());
        store.ledger.append({ ...record, id });
        writeSync(1, id + '\\n');
      }
      await clock.sleep(Math.random() * 10);
    }`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe(`a store on a server${POSTGRES.note}`, () => {
  let service: PostgresService | undefined;
  beforeAll(async () => {
    if (POSTGRES.available) service = await startPostgres();
  });
  afterAll(() => service?.stop());

  it.skipIf(!POSTGRES.available)('loses no call when the server is killed under load', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'illm-data-'));
    directories.push(dataDir);
    const store = await open({ url: (await service?.freshDatabase()) ?? '', dataDir });
    const ids: string[] = [];
    const enough = new AbortController();
    const load = (async () => {
      while (!enough.signal.aborted) {
        for (let count = 0; count < 10; count += 1) {
          const record = callRecord();
          store.ledger.append(record);
          ids.push(record.id);
        }
        await systemClock.sleep(5);
      }
    })();
    for (let round = 0; round < 2; round += 1) {
      await systemClock.sleep(300 + Math.random() * 200);
      service?.control?.kill();
      await vi.waitFor(() => expect(store.healthy).toBe(false), { timeout: 10_000 });
      expect(store.ledger.refusal()).toBeNull();
      service?.control?.start();
    }
    enough.abort();
    await load;
    await store.ledger.flush();
    const rows = await store.sql.query<{ id: string }>('select id from illm.calls');
    expect(rows.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    expect(await countCalls(store)).toBe(ids.length);
    expect(store.healthy).toBe(true);
  });

  it.skipIf(!POSTGRES.available)('lets two gateways write at once', async () => {
    const url = (await service?.freshDatabase()) ?? '';
    const stores = await Promise.all(
      [0, 1].map(async () => {
        const dataDir = mkdtempSync(join(tmpdir(), 'illm-data-'));
        directories.push(dataDir);
        return open({ url, dataDir });
      }),
    );
    for (let count = 0; count < 1_000; count += 1)
      for (const store of stores) store.ledger.append(callRecord({ team: `team ${count % 5}` }));
    await Promise.all(stores.map(({ ledger }) => ledger.flush()));
    expect(await countCalls(stores[0]!)).toBe(2_000);
  });

  it('opens without the server, keeps calls, and lets nobody in', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'illm-data-'));
    directories.push(dataDir);
    const log = recordingLog();
    const started = performance.now();
    const store = await open({
      url: `postgres://postgres:hunter2@127.0.0.1:${await freePort()}/x`,
      dataDir,
      log,
    });
    expect(performance.now() - started).toBeLessThan(4_000);
    store.ledger.append(callRecord());
    expect(store).toMatchObject({ healthy: false, kind: 'postgres' });
    expect(store.keyRing).toMatchObject({ ready: false, required: true });
    expect(store.ledger).toMatchObject({ journaledRows: 1 });
    expect(store.ledger.refusal()).toBeNull();
    await expect(store.queries.call(callRecord().id)).rejects.toMatchObject({ code: 'not_ready' });
    await expect(store.keys.list()).rejects.toMatchObject({ code: 'not_ready' });
    expect(log.lines.filter((line) => line.includes('cannot be reached'))).toHaveLength(1);
    expect(log.lines.join()).not.toContain('hunter2');
  });

  it.skipIf(!POSTGRES.available)('connects by itself once the server is there', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'illm-data-'));
    directories.push(dataDir);
    const url = new URL((await service?.freshDatabase()) ?? '');
    // A door that opens late: the port is free until the gateway stands.
    const port = await freePort();
    const target = Number(url.port);
    url.port = String(port);
    const store = await open({ url: url.href, dataDir });
    const record = callRecord();
    store.ledger.append(record);
    expect(store.healthy).toBe(false);
    const { connect } = await import('node:net');
    const door = createServer((client) => {
      const server = connect(target, '127.0.0.1');
      client.pipe(server).pipe(client);
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => door.listen(port, '127.0.0.1', resolve));
    undo.unshift(() => door.close());
    await vi.waitFor(() => expect(store.keyRing.ready).toBe(true), { timeout: 15_000 });
    await store.ledger.flush();
    expect(await store.queries.call(record.id)).toEqual(record);
    expect(store.healthy).toBe(true);
  });
});
