import { connectToPrimary } from '../cluster/primary.ts';
import type { Log } from '../../core/ports.ts';
import type { Io } from '../io.ts';
import { aborted, withCleanup } from './cleanup.ts';
import { openNode } from './node.ts';
import { openWorkerRooms } from './open-store.ts';
import { ADMIN_KEY_VARIABLE, openServeConfig, type ServeOptions } from './serving.ts';

/** One of several processes on one port. Its store is its primary's. */
export async function serveAsWorker(options: ServeOptions, io: Io, log: Log): Promise<void> {
  const primary = connectToPrimary(process);
  const { token, startedAt, workers } = await primary.orders;
  await withCleanup(async (later) => {
    // The primary has told what is wrong with the configuration.
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const config = openServeConfig(options, io, quiet, false);
    later(() => config.close());
    const rooms = await openWorkerRooms(config.current(), log, primary);
    later(() => rooms.close());
    const node = await openNode({
      config,
      store: rooms.store,
      bus: rooms.bus,
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
  // The line to the primary would keep the process alive.
  process.disconnect?.();
}
