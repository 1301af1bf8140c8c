import type { Bus, Log } from '../core/ports.ts';
import { listeners } from './listeners.ts';

/** The bus of a single process. */
export function localBus(log?: Log): Bus {
  const own = listeners(log);
  return {
    publish: (topic, message) => own.tell(topic, message),
    subscribe: (topic, listener) => own.add(topic, listener),
    close: async () => own.clear(),
  };
}
