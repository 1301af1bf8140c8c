import type { Log } from '../../core/ports.ts';
import { withLocalProvider } from '../engine/local-provider.ts';
import type { Io } from '../io.ts';
import { aborted, withCleanup } from './cleanup.ts';
import { openRooms } from './shared-rooms.ts';
import {
  ADMIN_KEY_VARIABLE,
  announce,
  checkServed,
  openEngines,
  newToken,
  openServeConfig,
  reloadOnHangup,
  type ServeOptions,
} from './serving.ts';

/** The gateway in one process. */
export async function serveAlone(options: ServeOptions, io: Io, log: Log): Promise<void> {
  await withCleanup(async (later) => {
    const config = openServeConfig(options, io, log, true);
    later(() => config.close());
    const settings = config.current();
    // Loaded while the store opens, in its own thread.
    const loading = import('./node.ts');
    // So are models.
    const engines = await openEngines(settings, io, log);
    later(() => engines?.close(config.current().limits.shutdownMs));
    const { store, bus, counters, close } = await openRooms(settings, log);
    later(close);
    checkServed(config, store, io, options);
    const access = engines?.access ?? null;
    const served = withLocalProvider(config, access);
    const token = newToken();
    const { openNode } = await loading;
    const node = await openNode({
      config: served,
      engines: access,
      store,
      bus,
      counters,
      log,
      token,
      adminKey: io.env[ADMIN_KEY_VARIABLE],
      startedAt: new Date(io.now()).toISOString(),
      workers: 1,
      demo: false,
      allMetrics: null,
    });
    later(() => node.close());
    const url = await node.listen();
    later(announce({ url, token, config: served, workers: 1 }, io));
    later(reloadOnHangup(config));
    await aborted(io.signal);
    log.info('Shutting down; calls in flight may finish');
  });
  log.info('Stopped');
}
