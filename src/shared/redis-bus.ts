import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Bus, Log } from '../core/ports.ts';
import { localBus } from './local-bus.ts';

const CHANNEL = 'infinite-llm:bus';
const LONGEST_PAUSE_MS = 5_000;

interface Wire {
  /** Who published it: a process hears its own messages locally, also while Redis is away. */
  readonly origin: string;
  readonly topic: string;
  readonly message: string;
}

/**
 * Tells all gateways that share a Redis or Valkey server. While the server is away messages reach this process only;
 * what others missed is not told later.
 */
export function redisBus(url: string, log: Log): Bus {
  const local = localBus(log);
  const origin = randomUUID();
  const publisher = connect('publishing');
  const subscriber = connect('subscribing');
  let closed = false;

  function connect(purpose: string): Redis {
    const redis = new Redis(url, {
      // A message that cannot be sent now is of no use later.
      enableOfflineQueue: purpose === 'subscribing',
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) =>
        Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2),
    });
    let down = false;
    redis.on('error', (error: Error) => {
      if (!down) log.warn('Redis cannot be reached', { purpose, error: error.message });
      down = true;
    });
    redis.on('ready', () => {
      if (down) log.info('Redis is reached again', { purpose });
      down = false;
    });
    return redis;
  }

  subscriber.on('message', (_channel, text) => {
    const wire = parseWire(text);
    if (wire && wire.origin !== origin) local.publish(wire.topic, wire.message);
  });
  subscriber.subscribe(CHANNEL).catch((error: unknown) => {
    if (!closed)
      log.error('Redis refuses the subscription', { error: error instanceof Error ? error.message : error });
  });

  return {
    publish(topic, message) {
      local.publish(topic, message);
      const wire: Wire = { origin, topic, message };
      publisher.publish(CHANNEL, JSON.stringify(wire)).catch(() => {
        // The connection's own error was logged.
      });
    },
    subscribe: (topic, listener) => local.subscribe(topic, listener),
    async close() {
      closed = true;
      publisher.disconnect();
      subscriber.disconnect();
      await local.close();
    },
  };
}

function parseWire(text: string): Wire | null {
  try {
    const { origin, topic, message } = JSON.parse(text) as Partial<Wire>;
    const isWhole = typeof origin === 'string' && typeof topic === 'string' && typeof message === 'string';
    return isWhole ? { origin, topic, message } : null;
  } catch {
    return null;
  }
}
