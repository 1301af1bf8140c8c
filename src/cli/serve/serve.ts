import cluster from 'node:cluster';
import type { Io } from '../io.ts';
import { createLog } from '../log.ts';
import { serveAlone } from './serve-alone.ts';
import { serveAsWorker } from './serve-as-worker.ts';
import { serveWithWorkers } from './serve-with-workers.ts';
import type { ServeOptions } from './serving.ts';

/** Runs the gateway until it is interrupted. @throws ConfigError, Failure */
export async function serve(options: ServeOptions, io: Io): Promise<void> {
  const log = createLog({ write: io.err, format: io.interactive ? 'text' : 'json', now: io.now });
  process.on('uncaughtException', (error) => {
    log.error('An unexpected failure ends this process', { error });
    process.exit(1);
  });
  if (cluster.isWorker) return await serveAsWorker(options, io, log);
  if (options.workers > 1) return await serveWithWorkers(options, io, log);
  return await serveAlone(options, io, log);
}
