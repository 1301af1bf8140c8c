import { Worker } from 'node:worker_threads';
import type { EmbedJob, EmbedMessage, EmbedWorkerData } from './embed-worker.ts';

export interface EmbedThread {
  /** Resolves with the vectors of all texts, one after another. Rejects when they cannot be had, or the thread is gone. */
  run(texts: readonly string[]): Promise<Float32Array>;
  readonly dimensions: number;
  close(): Promise<void>;
}

interface Job {
  readonly resolve: (vectors: Float32Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the thread and waits until its model is loaded. It keeps the process alive only while it works.
 * @param onEnd called once, when a thread that was ready is gone
 * @throws Error that says what is wrong with the model
 */
export async function startEmbedThread(data: EmbedWorkerData, onEnd: () => void): Promise<EmbedThread> {
  const worker = new Worker(builtWorker(), {
    workerData: data,
    // What the process was started with, such as --input-type, is not meant for this file.
    execArgv: [],
  });
  const jobs = new Map<number, Job>();
  let ended: Error | null = null;
  let lastId = 0;

  const dimensions = await new Promise<number>((resolve, reject) => {
    worker.once('message', (message: EmbedMessage) => {
      if (message.kind === 'ready') resolve(message.dimensions);
      else reject(new Error(message.kind === 'done' ? 'it answered too early' : message.why));
    });
    worker.on('error', (error) => reject(asError(error)));
    worker.on('exit', (code) => reject(new Error(`its thread ended with code ${code}`)));
  });

  const settle = (id: number, with_: (job: Job) => void): void => {
    const job = jobs.get(id);
    if (!job) return;
    jobs.delete(id);
    if (jobs.size === 0) worker.unref();
    with_(job);
  };
  const end = (error: Error): void => {
    if (ended) return;
    ended = error;
    for (const id of jobs.keys()) settle(id, (job) => job.reject(error));
    onEnd();
  };
  worker.on('message', (message: EmbedMessage) => {
    if (message.kind === 'done') settle(message.id, (job) => job.resolve(message.vectors));
    else if (message.kind === 'error') settle(message.id, (job) => job.reject(new Error(message.why)));
  });
  worker.on('error', (error) => end(asError(error)));
  worker.on('exit', (code) => end(new Error(`its thread ended with code ${code}`)));
  worker.unref();

  return {
    dimensions,
    run: (texts) =>
      new Promise((resolve, reject) => {
        if (ended) {
          reject(ended);
          return;
        }
        const id = ++lastId;
        jobs.set(id, { resolve, reject });
        worker.ref();
        const job: EmbedJob = { id, texts };
        worker.postMessage(job);
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Threads load JavaScript only: from the sources, the built tree's file stands in. */
function builtWorker(): URL {
  const place = import.meta.url.endsWith('.ts') ? '../../../dist/text/embed/' : './';
  return new URL(`${place}embed-worker.js`, import.meta.url);
}
