import type { Bus, Clock, Log, PriceBook, Random } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { createPriceBook } from '../../pricing/index.ts';
import { createUpstreams, type Upstreams } from '../../upstream/index.ts';
import type { ConfigSource } from '../config/source.ts';

export interface LiveDeps {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What is made anew when the configuration changes. Calls under way keep what they began with. */
export interface LiveRooms {
  readonly upstreams: () => Upstreams;
  readonly prices: () => PriceBook;
  close(): Promise<void>;
}

export function followConfig(config: Pick<ConfigSource, 'current' | 'subscribe'>, deps: LiveDeps): LiveRooms {
  const make = ({ providers, limits, prices }: Settings) => ({
    upstreams: createUpstreams({ ...deps, providers, limits }),
    prices: createPriceBook(prices),
  });
  let rooms = make(config.current());
  const retiring = new Set<Promise<void>>();

  const retire = (upstreams: Upstreams): void => {
    const closed = upstreams
      .close()
      .catch((error: unknown) => deps.log.warn('Connections to providers could not be closed', { error }))
      .finally(() => retiring.delete(closed));
    retiring.add(closed);
  };
  const stop = config.subscribe((settings) => {
    const { upstreams } = rooms;
    rooms = make(settings);
    retire(upstreams);
  });

  return {
    upstreams: () => rooms.upstreams,
    prices: () => rooms.prices,
    close: async () => {
      stop();
      retire(rooms.upstreams);
      await Promise.all(retiring);
    },
  };
}
