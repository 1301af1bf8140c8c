import { Worker } from 'node:worker_threads';
import { messageOf } from '../../../../core/message-of.ts';
import type { ShardWorkerData, ShardWorkerGreeting } from './shard-worker.ts';

/** A thread that serves one shard, up and listening. */
export interface ShardThread {
  readonly port: number;
  /** Called once when the thread ends, though nobody stopped it. */
  onExit(listener: (why: string) => void): void;
  stop(): Promise<void>;
}

/** @throws Error with the thread's own reason when it does not come up */
export function startShardThread(data: ShardWorkerData): Promise<ShardThread> {
  // Threads load JavaScript only: from the sources, the built tree's file stands in.
  const place = import.meta.url.endsWith('.ts') ? '../../../../../dist/engine/cluster/wire/lender/' : './';
  const worker = new Worker(new URL(`${place}shard-worker.js`, import.meta.url), {
    workerData: data,
    // What the process was started with, such as --input-type, is not meant for this file.
    execArgv: [],
  });
  const listeners: ((why: string) => void)[] = [];
  let ended: string | null = null;
  let stopping = false;
  let cause: string | null = null;
  worker.on('error', (error) => {
    cause = messageOf(error);
  });
  worker.once('exit', (code) => {
    ended = cause ?? `its thread ended with code ${code}`;
    if (!stopping) for (const listener of listeners) listener(ended);
  });

  const thread = (port: number): ShardThread => ({
    port,
    onExit(listener) {
      if (ended === null) listeners.push(listener);
      else if (!stopping) listener(ended);
    },
    async stop() {
      stopping = true;
      await worker.terminate();
    },
  });

  return new Promise((resolve, reject) => {
    worker.once('message', (greeting: ShardWorkerGreeting) => {
      if (greeting.ready) resolve(thread(greeting.port));
      else reject(new Error(`the KV shard ${data.id} does not start: ${greeting.why}`));
    });
    worker.once('exit', () => reject(new Error(`the KV shard ${data.id} does not start: ${ended}`)));
  });
}
