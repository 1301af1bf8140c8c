import { type Channel, processChannel, type ProcessLine } from '../../core/channel.ts';
import type { MetricsSnapshot } from '../../api/index.ts';
import { deferred } from './deferred.ts';
import { CONTROL, type Orders, type ToPrimary, type ToWorker } from './messages.ts';

/** A worker's side of the line to its primary. */
export interface Primary {
  readonly channel: (name: string) => Channel;
  /** Resolves when the primary has said how to begin. */
  readonly orders: Promise<Orders>;
  /** Aborts when the primary wants this worker to finish, or is gone. */
  readonly signal: AbortSignal;
  onReload(listener: () => void): void;
  /** Answers the primary's question for this process's metrics. */
  onSnapshot(take: () => Promise<MetricsSnapshot>): void;
  listening(url: string): void;
  /** The metrics of all workers as text. */
  metrics(): Promise<string>;
}

export function connectToPrimary(line: ProcessLine): Primary {
  const channel = (name: string): Channel => processChannel(line, name);
  const control = channel(CONTROL);
  const orders = deferred<Orders>();
  const end = new AbortController();
  const asked = new Map<number, (text: string) => void>();
  let reload = (): void => undefined;
  let snapshot = async (): Promise<MetricsSnapshot> => [];
  let lastId = 0;

  const tell = (message: ToPrimary): void => control.send(message);
  control.onClose(() => end.abort());
  control.receive((received) => {
    const message = received as ToWorker;
    switch (message.kind) {
      case 'begin':
        orders.resolve(message.orders);
        break;
      case 'reload':
        reload();
        break;
      case 'shutdown':
        end.abort();
        break;
      case 'snapshot?':
        void snapshot().then((taken) => tell({ kind: 'snapshot', id: message.id, snapshot: taken }));
        break;
      case 'metrics':
        asked.get(message.id)?.(message.text);
        asked.delete(message.id);
        break;
    }
  });
  tell({ kind: 'ready' });

  return {
    channel,
    orders: orders.promise,
    signal: end.signal,
    onReload: (listener) => {
      reload = listener;
    },
    onSnapshot: (take) => {
      snapshot = take;
    },
    listening: (url) => tell({ kind: 'listening', url }),
    metrics: async () => {
      const id = ++lastId;
      return await new Promise((resolve) => {
        asked.set(id, resolve);
        tell({ kind: 'metrics?', id });
      });
    },
  };
}
