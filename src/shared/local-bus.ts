import type { Bus, Log } from '../core/ports.ts';

/** Tells the listeners of this process; the other buses are built on it. A listener that throws is only logged. */
export function localBus(log?: Log): Bus {
  const listeners = new Map<string, Set<(message: string) => void>>();

  function tell(topic: string, listener: (message: string) => void, message: string): void {
    if (!listeners.get(topic)?.has(listener)) return;
    try {
      listener(message);
    } catch (error) {
      log?.error('A listener of the bus failed', {
        topic,
        error: error instanceof Error ? error.message : error,
      });
    }
  }

  return {
    publish(topic, message) {
      for (const listener of listeners.get(topic) ?? []) {
        // Not at once: the publisher is no part of what listeners do, and whoever unsubscribes now hears no more.
        queueMicrotask(() => tell(topic, listener, message));
      }
    },
    subscribe(topic, listener) {
      const own = (message: string): void => listener(message);
      const known = listeners.get(topic) ?? new Set();
      listeners.set(topic, known.add(own));
      return () => {
        known.delete(own);
        if (known.size === 0 && listeners.get(topic) === known) listeners.delete(topic);
      };
    },
    close() {
      listeners.clear();
      return Promise.resolve();
    },
  };
}
