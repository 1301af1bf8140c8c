import cluster, { type Worker } from 'node:cluster';
import { type MetricsSnapshot, mergeMetrics } from '../../api/index.ts';
import { type Channel, processChannel } from '../../core/channel.ts';
import type { Log } from '../../core/ports.ts';
import { Failure } from '../failure.ts';
import { restartDelayMs } from './backoff.ts';
import { deferred } from './deferred.ts';
import { CONTROL, type Orders, type ToPrimary, type ToWorker } from './messages.ts';

const SNAPSHOT_MS = 2_000;

export interface WorkersOptions {
  readonly orders: Orders;
  /** Serves a new worker what it has no own of. Channels of one worker share its line under different names. */
  readonly attach: (channel: (name: string) => Channel) => void;
  readonly log: Log;
}

/** The processes that share the port. One that dies is replaced. */
export interface Workers {
  /** The gateway's URL, once the first worker listens. Rejects when a worker ends before any has listened. */
  readonly listening: Promise<string>;
  reload(): void;
  /** Lets all finish their calls and end; one that takes longer than `mostMs` is killed. */
  shutdown(mostMs: number): Promise<void>;
}

export function startWorkers({ orders, attach, log }: WorkersOptions): Workers {
  const channels = new Map<Worker, Channel>();
  const listening = deferred<string>();
  const snapshots = new Map<number, (snapshot: MetricsSnapshot) => void>();
  let everListened = false;
  let stopping = false;
  let lastId = 0;

  const tell = (worker: Worker, message: ToWorker): void => channels.get(worker)?.send(message);

  const start = (previousMs: number): void => {
    const worker = cluster.fork();
    const startedAt = performance.now();
    const channel = (name: string): Channel => processChannel(worker.process, name);
    const control = channel(CONTROL);
    channels.set(worker, control);
    control.receive((message) => hear(worker, message as ToPrimary));
    attach(channel);
    // A message to a worker that is just dying can not be sent; its end is told below.
    worker.on('error', (error) => log.warn('A worker can not be reached', { error: error.message }));
    worker.once('exit', (code, signal) => {
      channels.delete(worker);
      if (stopping) return;
      if (!everListened) {
        listening.reject(new Failure('A worker ended before it could listen; its message stands above.'));
        return;
      }
      const delayMs = restartDelayMs(previousMs, performance.now() - startedAt);
      log.error('A worker died and is replaced', { pid: worker.process.pid, code, signal, delayMs });
      setTimeout(() => {
        if (!stopping) start(delayMs);
      }, delayMs);
    });
  };

  const hear = (worker: Worker, message: ToPrimary): void => {
    switch (message.kind) {
      case 'ready':
        tell(worker, stopping ? { kind: 'shutdown' } : { kind: 'begin', orders });
        break;
      case 'listening':
        everListened = true;
        log.info('A worker listens', { pid: worker.process.pid });
        listening.resolve(message.url);
        break;
      case 'snapshot':
        snapshots.get(message.id)?.(message.snapshot);
        break;
      case 'metrics?':
        void gather().then((text) => tell(worker, { kind: 'metrics', id: message.id, text }));
        break;
    }
  };

  /** The metrics of all workers that answer in time. */
  const gather = async (): Promise<string> => {
    const all = await Promise.all([...channels.keys()].map(snapshotOf));
    return await mergeMetrics(all.filter((snapshot) => snapshot !== null));
  };
  const snapshotOf = async (worker: Worker): Promise<MetricsSnapshot | null> => {
    const id = ++lastId;
    return await new Promise((resolve) => {
      const settle = (snapshot: MetricsSnapshot | null): void => {
        clearTimeout(timer);
        snapshots.delete(id);
        resolve(snapshot);
      };
      const timer = setTimeout(() => settle(null), SNAPSHOT_MS);
      snapshots.set(id, settle);
      tell(worker, { kind: 'snapshot?', id });
    });
  };

  const killAll = (): void => {
    for (const worker of channels.keys()) worker.process.kill('SIGKILL');
  };
  // Only a forced end leaves workers behind; without their primary they could not keep their calls.
  process.once('exit', killAll);
  for (let i = 0; i < orders.workers; i++) start(0);
  return {
    listening: listening.promise,
    reload: () => {
      for (const worker of channels.keys()) tell(worker, { kind: 'reload' });
    },
    shutdown: async (mostMs) => {
      stopping = true;
      const ended = [...channels.keys()].map(
        (worker) => new Promise<void>((resolve) => void worker.once('exit', () => resolve())),
      );
      for (const worker of channels.keys()) tell(worker, { kind: 'shutdown' });
      const late = setTimeout(killAll, mostMs);
      await Promise.all(ended).finally(() => clearTimeout(late));
    },
  };
}
