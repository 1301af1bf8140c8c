import { Redis, type RedisOptions } from 'ioredis';
import { uuidv7 } from '../core/ids.ts';
import type { Bus, Log } from '../core/ports.ts';
import { listeners } from './listeners.ts';

const CHANNEL = 'infinite-llm:';
/** Which process said something is put before the message, so that it does not hear itself twice. */
const SENDER_LENGTH = 36;
const MOST_RETRY_MS = 5000;

/**
 * The bus of several machines, through the publish and subscribe of Redis or Valkey. A message said while the server is
 * away reaches this process only; everything on the bus is a hint that makes others learn sooner.
 */
export function redisBus(url: string, log: Log): Bus {
  const own = listeners(log);
  const sender = uuidv7(Date.now());
  const options: RedisOptions = {
    retryStrategy: (tries) => Math.min(MOST_RETRY_MS, 50 * 2 ** Math.min(tries, 10)),
    maxRetriesPerRequest: null,
    enableOfflineQueue: false,
  };
  const publisher = new Redis(url, options);
  // A subscription must be queued until the connection stands, and is renewed after every reconnection.
  const subscriber = new Redis(url, { ...options, enableOfflineQueue: true });
  const subscribed = new Set<string>();
  let isDown = false;

  const down = (error: Error): void => {
    if (!isDown)
      log.warn('Redis can not be reached; gateways learn from each other later', { error: error.message });
    isDown = true;
  };
  for (const connection of [publisher, subscriber]) connection.on('error', down);
  publisher.on('ready', () => {
    if (isDown) log.info('Redis is reached again');
    isDown = false;
  });
  subscriber.on('message', (channel: string, text: string) => {
    if (text.startsWith(sender)) return;
    own.tell(channel.slice(CHANNEL.length), text.slice(SENDER_LENGTH));
  });

  return {
    publish: (topic, message) => {
      own.tell(topic, message);
      publisher.publish(CHANNEL + topic, sender + message).catch(down);
    },
    subscribe: (topic, listener) => {
      if (!subscribed.has(topic)) {
        subscribed.add(topic);
        subscriber.subscribe(CHANNEL + topic).catch(down);
      }
      return own.add(topic, listener);
    },
    close: async () => {
      own.clear();
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
