import type { Channel } from '../core/channel.ts';
import type { Bus, Log } from '../core/ports.ts';
import { listeners } from './listeners.ts';

/** What travels over the channel; other messages on it are not ours. */
interface BusMessage {
  readonly bus: { readonly topic: string; readonly message: string };
}

/** A worker process's end: messages travel through the owner, which runs `joinBus` on the other end. */
export function ipcBus(channel: Channel, log?: Log): Bus {
  const own = listeners(log);
  const stop = channel.receive((received) => {
    const sent = busMessage(received);
    if (sent) own.tell(sent.topic, sent.message);
  });
  return {
    publish: (topic, message) => {
      own.tell(topic, message);
      channel.send({ bus: { topic, message } } satisfies BusMessage);
    },
    subscribe: (topic, listener) => own.add(topic, listener),
    close: async () => {
      stop();
      own.clear();
    },
  };
}

/**
 * Joins worker processes to the owner's bus: what one says goes to the bus and to the other workers, and what the bus
 * says on these topics goes to all.
 */
export function joinBus(
  bus: Bus,
  topics: readonly string[],
): { add(channel: Channel): () => void; close(): void } {
  const workers = new Set<Channel>();
  // The worker that is speaking: it has told its own listeners already.
  let speaking: Channel | null = null;
  const forward = (topic: string, message: string): void => {
    for (const worker of workers)
      if (worker !== speaking) worker.send({ bus: { topic, message } } satisfies BusMessage);
  };
  const stops = topics.map((topic) => bus.subscribe(topic, (message) => forward(topic, message)));
  return {
    add: (channel) => {
      workers.add(channel);
      const stop = channel.receive((received) => {
        const sent = busMessage(received);
        if (!sent) return;
        speaking = channel;
        bus.publish(sent.topic, sent.message);
        speaking = null;
      });
      return () => {
        stop();
        workers.delete(channel);
      };
    },
    close: () => {
      for (const stop of stops) stop();
      workers.clear();
    },
  };
}

function busMessage(received: unknown): BusMessage['bus'] | null {
  if (typeof received !== 'object' || received === null || !('bus' in received)) return null;
  return (received as BusMessage).bus;
}
