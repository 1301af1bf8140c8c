import type { Bus } from '../core/ports.ts';

/** Tells the listeners of this process. The others are built on it. */
export function localBus(): Bus {
  const listeners = new Map<string, Set<(message: string) => void>>();

  return {
    publish(topic, message) {
      // Not at once, so that a listener's failure is not the publisher's, and whoever unsubscribes now hears no more.
      for (const listener of listeners.get(topic) ?? []) {
        queueMicrotask(() => {
          if (listeners.get(topic)?.has(listener)) listener(message);
        });
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
