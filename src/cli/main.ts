import cluster from 'node:cluster';
import { connectTo } from './client/connect.ts';
import { wantsColor } from './io.ts';
import { run } from './program.ts';

const SAME_MS = 1_000;

const interrupt = new AbortController();
let interruptedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (!interrupt.signal.aborted) {
      interruptedAt = performance.now();
      interrupt.abort();
      return;
    }
    // The second signal ends everything at once; workers leave that to their primary. One that comes with the first is
    // no second wish: npm and timeout pass on what the terminal has sent to all.
    if (cluster.isPrimary && performance.now() - interruptedAt > SAME_MS) process.exit(1);
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
