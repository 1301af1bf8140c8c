import type { Log } from '../../core/ports.ts';
import type { Io } from '../io.ts';
import { aborted, withCleanup } from './cleanup.ts';
import { openRooms } from './shared-rooms.ts';
import {
  ADMIN_KEY_VARIABLE,
  announce,
  checkServed,
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
    const { store, bus, close } = await openRooms(settings, log);
    later(close);
    checkServed(config, store, io, options);
    const token = newToken();
    const { openNode } = await loading;
    const node = await openNode({
      config,
      store,
      bus,
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
    later(announce({ url, token, config, workers: 1 }, io));
    later(reloadOnHangup(config));
    await aborted(io.signal);
    log.info('Shutting down; calls in flight may finish');
  });
  log.info('Stopped');
}
