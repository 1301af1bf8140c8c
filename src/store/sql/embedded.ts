import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { threadChannel } from '../../core/channel.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { channelSql } from './channel.ts';
import type { Greeting } from './pglite-worker.ts';
import { SqlError } from './sql-error.ts';
import type { Sql } from './sql.ts';

const RESTART_PAUSE_MS = 1_000;

export interface EmbeddedOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Starts the thread that runs PGlite. */
  readonly startThread?: (directory: string) => Worker;
}

/**
 * PGlite in a thread of its own, so that no statement holds up the caller's event loop. A thread that crashed is
 * started again; statements wait for it. The caller holds the directory's lock.
 * @throws SqlError when the directory's content cannot be opened
 */
export async function openEmbedded(
  directory: string,
  { log, clock, startThread = startPgliteThread }: EmbeddedOptions,
): Promise<Sql> {
  let closed = false;
  if (!existsSync(directory)) await create();
  let current = start(directory);
  await current;

  /** Makes the database beside its place: what a start that was killed leaves unfinished is never opened. */
  async function create(): Promise<void> {
    const unfinished = `${directory}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true, mode: 0o700 });
    const sql = await start(unfinished);
    await sql.close();
    renameSync(unfinished, directory);
  }

  async function start(place: string): Promise<Sql> {
    const worker = startThread(place);
    const sql = channelSql(threadChannel(worker), 'embedded');
    worker.on('error', (error) => log.error('The embedded store crashed', { error: error.message }));
    const greeting = await firstMessage(worker);
    if (!greeting.ready)
      throw new SqlError('connection', `the embedded store does not open: ${greeting.why}`);
    const onExit = (): void => {
      if (!closed) current = restart();
    };
    worker.on('exit', onExit);
    return {
      ...sql,
      async close() {
        worker.off('exit', onExit);
        await sql.close();
        await worker.terminate();
      },
    };
  }

  function restart(): Promise<Sql> {
    const started = clock.sleep(RESTART_PAUSE_MS).then(() => {
      log.warn('Starting the embedded store again');
      return start(directory);
    });
    started.catch(() => {
      if (!closed && current === started) current = restart();
    });
    return started;
  }

  return {
    kind: 'embedded',
    query: async (text, params) => (await current).query(text, params),
    transaction: async (statements) => (await current).transaction(statements),
    exec: async (text) => (await current).exec(text),
    async close() {
      closed = true;
      const running = await current.catch(() => null);
      await running?.close();
    },
  };
}

export function startPgliteThread(directory: string): Worker {
  // Threads load JavaScript only: from the sources, the built tree's file stands in.
  const place = import.meta.url.endsWith('.ts') ? '../../../dist/store/sql/' : './';
  return new Worker(new URL(`${place}pglite-worker.js`, import.meta.url), {
    workerData: { directory },
    // What the process was started with, such as --input-type, is not meant for this file.
    execArgv: [],
  });
}

function firstMessage(worker: Worker): Promise<Greeting> {
  return new Promise((resolve) => {
    worker.once('message', (message: Greeting) => resolve(message));
    worker.once('exit', (code) => resolve({ ready: false, why: `its thread ended with code ${code}` }));
  });
}
