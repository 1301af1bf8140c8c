import { startWorkers } from '../cluster/workers.ts';
import type { Log } from '../../core/ports.ts';
import { Failure } from '../failure.ts';
import { withLocalProvider } from '../engine/local-provider.ts';
import type { Io } from '../io.ts';
import { aborted, withCleanup } from './cleanup.ts';
import { machineTimeRefusal } from './machine-time.ts';
import { openServedRooms } from './shared-rooms.ts';
import {
  announce,
  checkServed,
  openEngines,
  newToken,
  openServeConfig,
  reloadOnHangup,
  type ServeOptions,
} from './serving.ts';

/** What a worker may take to close when its calls are over. */
const CLOSING_MS = 15_000;

/** The primary of several processes on one port: it owns the store, watches the configuration, and serves no calls. */
export async function serveWithWorkers(options: ServeOptions, io: Io, log: Log): Promise<void> {
  const { workers: count } = options;
  await withCleanup(async (later) => {
    const config = openServeConfig(options, io, log, true);
    later(() => config.close());
    const settings = config.current();
    const refusal = machineTimeRefusal(settings);
    if (refusal !== null) throw new Failure(refusal);
    later(
      config.subscribe((changed) => {
        const wrong = machineTimeRefusal(changed);
        if (wrong !== null) log.error(`Costs of self-hosted models are too high from now on. ${wrong}`);
      }),
    );
    const engines = await openEngines(settings, io, log);
    later(() => engines?.close(config.current().limits.shutdownMs));
    const rooms = await openServedRooms(settings, log);
    later(() => rooms.close());
    checkServed(config, rooms.store, io, options);
    const token = newToken();
    const workers = startWorkers({
      orders: {
        token,
        startedAt: new Date(io.now()).toISOString(),
        workers: count,
        engines: engines?.access ?? null,
      },
      attach: rooms.attach,
      log,
    });
    later(() => workers.shutdown(config.current().limits.shutdownMs + CLOSING_MS));
    const url = await workers.listening;
    later(
      announce(
        { url, token, config: withLocalProvider(config, engines?.access ?? null), workers: count },
        io,
      ),
    );
    later(reloadOnHangup(config));
    later(config.onRead(() => workers.reload()));
    await aborted(io.signal);
    log.info('Shutting down; calls in flight may finish');
  });
  log.info('Stopped');
}
