import type { Orders } from '../cluster/messages.ts';
import { connectToPrimary, type Primary } from '../cluster/primary.ts';
import type { Log } from '../../core/ports.ts';
import { withLocalProvider } from '../engine/local-provider.ts';
import type { Io } from '../io.ts';
import { aborted, withCleanup } from './cleanup.ts';
import { openNode } from './node.ts';
import { openWorkerRooms } from './shared-rooms.ts';
import { ADMIN_KEY_VARIABLE, openServeConfig, type ServeOptions } from './serving.ts';

/** One of several processes on one port. Its store is its primary's. */
export async function serveAsWorker(options: ServeOptions, io: Io, log: Log): Promise<void> {
  const primary = connectToPrimary(process);
  // A terminal that is closed tells all its processes; to read the configuration again is the primary's to say.
  process.on('SIGHUP', () => undefined);
  const orders = await Promise.race([primary.orders, aborted(primary.signal)]);
  if (orders) await serveCalls(options, io, log, primary, orders);
  // The line to the primary would keep the process alive.
  process.disconnect?.();
}

async function serveCalls(
  options: ServeOptions,
  io: Io,
  log: Log,
  primary: Primary,
  { token, startedAt, workers, engines }: Orders,
): Promise<void> {
  await withCleanup(async (later) => {
    // The primary has told what is wrong with the configuration.
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const config = openServeConfig(options, io, quiet, false);
    later(() => config.close());
    const rooms = await openWorkerRooms(config.current(), log, primary.channel);
    later(() => rooms.close());
    const node = await openNode({
      config: withLocalProvider(config, engines),
      engines,
      store: rooms.store,
      bus: rooms.bus,
      counters: rooms.counters,
      log,
      token,
      adminKey: io.env[ADMIN_KEY_VARIABLE],
      startedAt,
      workers,
      demo: false,
      allMetrics: () => primary.metrics(),
    });
    later(() => node.close());
    primary.onSnapshot(() => node.metrics.snapshot());
    primary.onReload(() => config.reload());
    primary.listening(await node.listen());
    await aborted(AbortSignal.any([primary.signal, io.signal]));
  });
}
