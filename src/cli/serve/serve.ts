import cluster from 'node:cluster';
import { setFlagsFromString } from 'node:v8';
import type { Io } from '../io.ts';
import { createLog } from '../log.ts';
import type { ServeOptions } from './serving.ts';

/** Runs the gateway until it is interrupted. @throws ConfigError, Failure */
export async function serve(options: ServeOptions, io: Io): Promise<void> {
  // What a call leaves in the young generation is little: threads that share its collection cost more than they save.
  setFlagsFromString('--no-parallel-scavenge');
  const log = createLog({ write: io.err, format: io.interactive ? 'text' : 'json', now: io.now });
  process.on('uncaughtException', (error) => {
    log.error('An unexpected failure ends this process', { error });
    process.exit(1);
  });
  // Each loads what it needs only: the primary serves no calls.
  if (cluster.isWorker) await (await import('./serve-as-worker.ts')).serveAsWorker(options, io, log);
  else if (options.workers > 1)
    await (await import('./serve-with-workers.ts')).serveWithWorkers(options, io, log);
  else await (await import('./serve-alone.ts')).serveAlone(options, io, log);
}
