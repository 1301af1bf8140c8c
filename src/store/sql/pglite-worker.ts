import { parentPort, workerData } from 'node:worker_threads';
import { threadChannel } from '../../core/channel.ts';
import { messageOf } from '../../core/message-of.ts';
import { serveSql } from './channel.ts';
import { openPglite } from './pglite.ts';
import { SqlError } from './sql-error.ts';
import type { Sql } from './sql.ts';

/** What the thread says first: that it serves, or why it cannot. */
export interface Greeting {
  readonly ready: boolean;
  readonly why?: string;
}

async function start(port: NonNullable<typeof parentPort>): Promise<void> {
  const { directory } = workerData as { directory: string };
  try {
    const sql = await openPglite(directory);
    serveSql(diesWithCrash(sql), threadChannel(port), () => sql.close());
    port.postMessage({ ready: true } satisfies Greeting);
  } catch (error) {
    const why = messageOf(error);
    port.postMessage({ ready: false, why } satisfies Greeting);
    port.close();
  }
}

/** Ends the thread after a crash of the WASM program, so that its parent starts a new one. */
function diesWithCrash(sql: Sql): Sql {
  async function watched<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      // Only after the reply of this failure went out.
      if (error instanceof SqlError && error.code === 'connection') setTimeout(() => process.exit(1), 50);
      throw error;
    }
  }
  return {
    ...sql,
    query: (text, params) => watched(sql.query(text, params)),
    transaction: (statements) => watched(sql.transaction(statements)),
    exec: (text) => watched(sql.exec(text)),
  };
}

if (parentPort) await start(parentPort);
