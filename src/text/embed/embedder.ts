import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CallError } from '../../core/errors.ts';
import { messageOf } from '../../core/message-of.ts';
import type { Embedder } from '../../core/ports.ts';
import { type EmbedThread, startEmbedThread } from './embed-thread.ts';
import { EmbedQueue, type Waiting } from './queue.ts';
import { RecentVectors } from './recent-vectors.ts';
import { bounded } from './wordpiece.ts';

export interface EmbedderOptions {
  /** Holds `model.onnx` and `tokenizer.json`; it may come later. */
  readonly folder: string;
  /** Length of the vectors; a model with another is refused. 384, as MiniLM's, when not said. */
  readonly dimensions?: number;
  /** Of a longer text the beginning counts. 256 when not said, as MiniLM was trained; it takes up to 512. */
  readonly mostTokens?: number;
  /** Of the machine, for one text or batch; 1 when not said. */
  readonly threads?: number;
  /** Texts whose vectors are kept; 4,096 when not said (1.5 KB each, and the texts). */
  readonly keep?: number;
  /** Milliseconds before a thread that ended is started again. */
  readonly restartMs?: number;
  readonly startThread?: typeof startEmbedThread;
}

/** Texts that may wait, from all requests. */
const MOST_WAITING = 65_536;
/** Texts of one message to the thread: what a short question may have to wait for. */
const JOB_TEXTS = 16;
/** One at work, one that waits at the thread. */
const JOBS_AT_ONCE = 2;

/**
 * Sentence embeddings in a thread of its own, which starts with the first text, or with `ready`. The model is looked for
 * each time, so that one that was pulled meanwhile is found; it is never downloaded from here.
 */
export function createEmbedder(options: EmbedderOptions): Embedder & { close(): Promise<void> } {
  return new ThreadEmbedder(options);
}

class ThreadEmbedder implements Embedder {
  readonly dimensions: number;
  readonly #options: EmbedderOptions;
  readonly #mostTokens: number;
  readonly #recent: RecentVectors;
  readonly #queue = new EmbedQueue();
  #thread: Promise<EmbedThread> | null = null;
  #restartAt = Number.NEGATIVE_INFINITY;
  #running = 0;
  #closed = false;

  constructor(options: EmbedderOptions) {
    const { dimensions = 384, mostTokens = 256, keep = 4096 } = options;
    this.#options = options;
    this.#mostTokens = mostTokens;
    this.#recent = new RecentVectors(keep);
    this.dimensions = dimensions;
  }

  async ready(): Promise<void> {
    await this.#open();
  }

  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    const short = texts.map((text) => bounded(text, this.#mostTokens));
    const vectors = new Map<string, Float32Array>();
    const missing = new Set<string>();
    for (const text of short) {
      const known = this.#recent.get(text);
      if (known) vectors.set(text, known);
      else missing.add(text);
    }
    if (missing.size > 0) {
      await this.#open();
      await this.#compute([...missing], vectors, signal);
    }
    return short.map((text) => vectors.get(text)?.slice() ?? new Float32Array(this.dimensions));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { settle } of this.#queue.take(Number.POSITIVE_INFINITY)) settle(closedError());
    const thread = await this.#thread?.catch(() => null);
    await thread?.close();
  }

  #compute(texts: readonly string[], into: Map<string, Float32Array>, signal?: AbortSignal): Promise<void> {
    if (this.#queue.size + texts.length > MOST_WAITING)
      throw new CallError(
        'not_ready',
        `More than ${MOST_WAITING} texts wait to be embedded already. Send fewer at once, or add machines.`,
      );
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      let left = texts.length;
      const settleOf = (text: string) => (vector: Float32Array | Error) => {
        if (vector instanceof Error) {
          fail(vector);
          return;
        }
        into.set(text, vector);
        left -= 1;
        if (left === 0) done();
      };
      const giveUp = this.#queue.add(texts.map((text) => ({ text, settle: settleOf(text) })));
      const onAbort = (): void => fail(signal?.reason);
      const done = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const fail = (reason: unknown): void => {
        signal?.removeEventListener('abort', onAbort);
        giveUp();
        reject(reason instanceof Error ? reason : new Error(String(reason)));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#running < JOBS_AT_ONCE) {
      const batch = this.#queue.take(JOB_TEXTS);
      if (batch.length === 0) return;
      this.#running += 1;
      void this.#run(batch).finally(() => {
        this.#running -= 1;
        this.#dispatch();
      });
    }
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    try {
      const thread = await this.#open();
      const vectors = await thread.run(batch.map(({ text }) => text));
      for (const [at, { text, settle }] of batch.entries()) {
        const vector = vectors.slice(at * this.dimensions, (at + 1) * this.dimensions);
        this.#recent.set(text, vector);
        settle(vector);
      }
    } catch (error) {
      const failure =
        error instanceof CallError
          ? error
          : new CallError('not_ready', `Texts could not be embedded: ${reasonOf(error)}.`, { cause: error });
      for (const { settle } of batch) settle(failure);
    }
  }

  #open(): Promise<EmbedThread> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#thread) return this.#thread;
    const forget = (): void => {
      if (this.#thread === opening) this.#thread = null;
    };
    const opening = this.#start(() => forget());
    opening.catch(forget);
    this.#thread = opening;
    return opening;
  }

  async #start(onEnd: () => void): Promise<EmbedThread> {
    const { folder, threads = 1, restartMs = 5_000, startThread = startEmbedThread } = this.#options;
    try {
      if (!isEmbeddingFolder(folder)) throw missingError(folder);
      if (performance.now() < this.#restartAt)
        throw new CallError('not_ready', 'The embedding model failed a moment ago; it is tried again soon.');
      this.#restartAt = performance.now() + restartMs;
      const thread = await startThread({ folder, mostTokens: this.#mostTokens, threads }, onEnd);
      if (thread.dimensions === this.dimensions) return thread;
      await thread.close();
      throw new Error(`its vectors have ${thread.dimensions} dimensions, not ${this.dimensions}`);
    } catch (error) {
      if (error instanceof CallError) throw error;
      throw new CallError(
        'not_ready',
        `The embedding model in ${folder} cannot be opened: ${reasonOf(error)}. Remove the folder and run \`infinite-llm models pull minilm\`.`,
        { cause: error },
      );
    }
  }
}

/** Whether a folder holds an embedding model. */
export function isEmbeddingFolder(folder: string): boolean {
  return existsSync(join(folder, 'model.onnx')) && existsSync(join(folder, 'tokenizer.json'));
}

function missingError(folder: string): CallError {
  return new CallError(
    'not_ready',
    `There is no embedding model in ${folder}. Run \`infinite-llm models pull minilm\` to get it (23 MB).`,
  );
}

function closedError(): CallError {
  return new CallError('not_ready', 'The gateway is shutting down.');
}

/** To be followed by a full stop. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, '');
}
