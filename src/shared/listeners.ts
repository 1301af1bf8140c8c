import type { Log } from '../core/ports.ts';

export type Listener = (message: string) => void;

/** Who wants to hear of which topic, in one process. */
export interface Listeners {
  add(topic: string, listener: Listener): () => void;
  /** Calls every listener of the topic. One that throws keeps no other from hearing. */
  tell(topic: string, message: string): void;
  clear(): void;
}

export function listeners(log?: Log): Listeners {
  const byTopic = new Map<string, Set<Listener>>();
  return {
    add: (topic, listener) => {
      // Wrapped, so that one function subscribed twice is called twice and stopped one at a time.
      const own: Listener = (message) => listener(message);
      const known = byTopic.get(topic) ?? new Set<Listener>();
      byTopic.set(topic, known.add(own));
      return () => {
        known.delete(own);
      };
    },
    tell: (topic, message) => {
      for (const listener of byTopic.get(topic) ?? []) {
        try {
          listener(message);
        } catch (error) {
          log?.error('a listener of the bus failed', { topic, error });
        }
      }
    },
    clear: () => byTopic.clear(),
  };
}
