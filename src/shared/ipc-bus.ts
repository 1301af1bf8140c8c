import type { Channel } from '../core/channel.ts';
import type { Bus, Log } from '../core/ports.ts';
import { localBus } from './local-bus.ts';

type ToHub =
  | { readonly op: 'publish'; readonly topic: string; readonly message: string }
  | { readonly op: 'subscribe' | 'unsubscribe'; readonly topic: string };

interface FromHub {
  readonly topic: string;
  readonly message: string;
}

/**
 * A worker's bus: everything goes through the owner's process, also back to the worker itself, so that all see the
 * messages in one order and each of them once.
 */
export function ipcBus(channel: Channel, log?: Log): Bus {
  const local = localBus(log);
  const counts = new Map<string, number>();
  const stop = channel.receive((received) => {
    const { topic, message } = received as FromHub;
    local.publish(topic, message);
  });

  function count(topic: string, change: 1 | -1): void {
    const before = counts.get(topic) ?? 0;
    const after = before + change;
    counts.set(topic, after);
    if (before === 0) channel.send({ op: 'subscribe', topic } satisfies ToHub);
    if (after === 0) channel.send({ op: 'unsubscribe', topic } satisfies ToHub);
  }

  return {
    publish: (topic, message) => channel.send({ op: 'publish', topic, message } satisfies ToHub),
    subscribe(topic, listener) {
      const unsubscribe = local.subscribe(topic, listener);
      count(topic, 1);
      let subscribed = true;
      return () => {
        if (!subscribed) return;
        subscribed = false;
        unsubscribe();
        count(topic, -1);
      };
    },
    close() {
      stop();
      return local.close();
    },
  };
}

/** The owner's side: connects one worker's `ipcBus` to the owner's own bus. Returns the way to disconnect it. */
export function serveBus(bus: Bus, channel: Channel): () => void {
  const subscriptions = new Map<string, () => void>();

  const stopReceiving = channel.receive((received) => {
    const message = received as ToHub;
    switch (message.op) {
      case 'publish':
        bus.publish(message.topic, message.message);
        break;
      case 'subscribe':
        subscriptions.get(message.topic)?.();
        subscriptions.set(
          message.topic,
          bus.subscribe(message.topic, (text) =>
            channel.send({ topic: message.topic, message: text } satisfies FromHub),
          ),
        );
        break;
      case 'unsubscribe':
        subscriptions.get(message.topic)?.();
        subscriptions.delete(message.topic);
        break;
    }
  });
  const stopWatching = channel.onClose(disconnect);

  function disconnect(): void {
    stopReceiving();
    stopWatching();
    for (const unsubscribe of subscriptions.values()) unsubscribe();
    subscriptions.clear();
  }

  return disconnect;
}
