import cluster from 'node:cluster';
import { connectTo } from './client/connect.ts';
import { wantsColor } from './io.ts';
import { run } from './program.ts';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // The second signal ends everything at once; workers leave that to their primary.
    if (interrupt.signal.aborted && cluster.isPrimary) process.exit(1);
    interrupt.abort();
  });

const { env } = process;
const io = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  env,
  color: wantsColor(process.stdout, env),
  interactive: process.stderr.isTTY,
  now: Date.now,
  signal: interrupt.signal,
};
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has left, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await run(process.argv.slice(2), io, connectTo(io));
