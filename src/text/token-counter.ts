import { Worker } from 'node:worker_threads';
import type { TokenCounter } from '../core/ports.ts';
import { type Counted, estimateTokens } from './count-tokens.ts';
import { encodingOf } from './encodings.ts';
import type { CountJob, CountResult } from './token-worker.ts';

export interface TokenCounterOptions {
  /** Milliseconds that a caller waits for the worker before it gets an estimate. */
  readonly patienceMs?: number;
  /** Milliseconds before a worker that failed is started again. */
  readonly restartMs?: number;
  readonly worker?: URL;
}

interface Waiting {
  readonly text: string;
  readonly exact: boolean;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (counted: Counted) => void;
}

const MOST_WAITING = 256;
const MOST_WAITING_CHARS = 64 * 1024 * 1024;

/**
 * Counts tokens in a thread of its own, which starts with the first text and does not keep the process alive. A count
 * always comes, and in bounded time: when the thread cannot be had, is behind or dies, an estimate with `exact: false`.
 */
export function createTokenCounter(
  options: TokenCounterOptions = {},
): TokenCounter & { close(): Promise<void> } {
  const { patienceMs = 10_000, restartMs = 30_000, worker: file = builtWorker() } = options;
  const waiting = new Map<number, Waiting>();
  let waitingChars = 0;
  let worker: Worker | null = null;
  let restartAt = Number.NEGATIVE_INFINITY;
  let lastId = 0;

  const settle = (id: number, counted: Counted | null): void => {
    const job = waiting.get(id);
    if (!job) return;
    waiting.delete(id);
    waitingChars -= job.text.length;
    clearTimeout(job.timer);
    job.resolve(
      counted ? { tokens: counted.tokens, exact: counted.exact && job.exact } : estimateTokens(job.text),
    );
  };

  const drop = (failed: Worker): void => {
    if (worker !== failed) return;
    worker = null;
    restartAt = performance.now() + restartMs;
    for (const id of waiting.keys()) settle(id, null);
  };

  const start = (): Worker => {
    const started = new Worker(file);
    started.unref();
    started.on('message', (result: CountResult) => settle(result.id, result));
    started.on('error', () => drop(started));
    started.on('exit', () => drop(started));
    return started;
  };

  const giveUp = (id: number): void => {
    settle(id, null);
    const stuck = worker;
    if (!stuck) return;
    drop(stuck);
    restartAt = Number.NEGATIVE_INFINITY;
    void stuck.terminate();
  };

  return {
    count: (text, model) => {
      const full = waiting.size >= MOST_WAITING || waitingChars + text.length > MOST_WAITING_CHARS;
      if (full || (!worker && performance.now() < restartAt)) return Promise.resolve(estimateTokens(text));
      worker ??= start();
      const id = ++lastId;
      const { encoding, exact } = encodingOf(model);
      const job: CountJob = { id, text, encoding };
      return new Promise((resolve) => {
        const timer = setTimeout(() => giveUp(id), patienceMs);
        timer.unref();
        waiting.set(id, { text, exact, timer, resolve });
        waitingChars += text.length;
        worker?.postMessage(job);
      });
    },
    close: async () => {
      const running = worker;
      if (!running) return;
      drop(running);
      await running.terminate();
    },
  };
}

/** Threads cannot load TypeScript on every Node that we run on: from the sources, the built tree's file is taken. */
function builtWorker(): URL {
  const built = import.meta.url.replace(/\/src\/text\/[^/]*\.ts$/, '/dist/text/token-counter.js');
  return new URL('token-worker.js', built);
}
