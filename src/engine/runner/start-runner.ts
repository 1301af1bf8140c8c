import { Worker } from 'node:worker_threads';
import type { TlsOptions } from '../cluster/wire/index.ts';
import { EngineError, type ModelRunner } from '../ports.ts';
import { messageOf } from '../../core/message-of.ts';
import { packSlices } from './packed-slices.ts';
import {
  errorOf,
  type LocalShard,
  type RunnerCall,
  type RunnerMessage,
  type RunnerRequest,
  type RunnerSettings,
  type WireBytes,
} from './runner-messages.ts';

export interface StartOptions {
  /** Called as the model's graphs are made. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Called once when the thread ends without having been closed; whatever was asked of it fails. */
  readonly onCrash?: (why: EngineError) => void;
  readonly startThread?: (settings: RunnerSettings) => Worker;
}

/** A runner in a thread of its own. */
export interface RunnerThread extends ModelRunner {
  /** The same shards as `localShards`, with what is to know of them. */
  readonly shards: readonly LocalShard[];
}

/**
 * Opens a model in a thread of its own.
 * @throws EngineError `failed` that says what is wrong with the model or the settings
 */
export async function startRunner(
  settings: RunnerSettings,
  { onProgress, onCrash, startThread = startRunnerThread }: StartOptions = {},
): Promise<RunnerThread> {
  const worker = startThread(withPlainTls(settings));
  const calls = new ThreadCalls(worker, onCrash);
  const { kv, vocabSize, shards } = await calls.greeting(onProgress).catch(async (error: unknown) => {
    await calls.abandon();
    throw error;
  });
  return {
    kv,
    vocabSize,
    shards,
    localShards: shards.map(({ id }) => id),
    run: (slices) => calls.ask({ call: 'run', packed: packSlices(slices) }),
    attach: (address) => calls.ask({ call: 'attach', address }),
    detach: (shard) => calls.ask({ call: 'detach', shard }),
    copyBlock: (from, to) => calls.ask({ call: 'copyBlock', from, to }),
    readBlock: (ref) => calls.ask({ call: 'readBlock', ref }),
    writeBlock: (ref, bytes) => calls.ask({ call: 'writeBlock', ref, bytes }),
    wireBytes: () => calls.wire,
    close: () => calls.close(),
  };
}

function startRunnerThread(settings: RunnerSettings): Worker {
  // A thread runs JavaScript: from the sources, as in tests, that is the file of the last build.
  const file = import.meta.url.endsWith('.ts')
    ? '../../../dist/engine/runner/runner-worker.js'
    : './runner-worker.js';
  return new Worker(new URL(file, import.meta.url), {
    workerData: settings,
    // What the process was started with, such as --input-type, is not meant for this file.
    execArgv: [],
  });
}

/** Buffers become plain arrays on the way to a thread; TLS wants texts then. */
function withPlainTls(settings: RunnerSettings): RunnerSettings {
  const { tls } = settings.wire;
  if (!tls) return settings;
  const { cert, key, ca, ...rest } = tls;
  const plain: TlsOptions = {
    ...rest,
    ...(cert !== undefined && { cert: cert.toString() }),
    ...(key !== undefined && { key: key.toString() }),
    ...(ca !== undefined && { ca: ca.toString() }),
  };
  return { ...settings, wire: { ...settings.wire, tls: plain } };
}

type Greeting = Extract<RunnerMessage, { type: 'ready' }>;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Questions to the thread and their answers. */
class ThreadCalls {
  wire: WireBytes = { sent: 0, received: 0 };
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onCrash: StartOptions['onCrash'];
  #next = 0;
  #ended: EngineError | null = null;
  #closing: Promise<void> | null = null;
  #onEarly: (message: RunnerMessage | EngineError) => void = () => undefined;

  constructor(worker: Worker, onCrash: StartOptions['onCrash']) {
    this.#worker = worker;
    this.#onCrash = onCrash;
    let why = '';
    worker.on('message', (message: RunnerMessage) => this.#take(message));
    worker.on('error', (error) => {
      why = `: ${messageOf(error)}`;
    });
    worker.on('exit', (code) => this.#end(why === '' ? ` with code ${code}` : why));
  }

  greeting(onProgress: StartOptions['onProgress']): Promise<Greeting> {
    return new Promise((resolve, reject) => {
      this.#onEarly = (message) => {
        if (message instanceof EngineError) reject(message);
        else if (message.type === 'progress') onProgress?.(message.done, message.all);
        else if (message.type === 'failed') reject(errorOf(message.failure));
        else if (message.type === 'ready') resolve(message);
      };
    });
  }

  ask<T>(call: RunnerCall): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#worker.postMessage({ ...call, id } satisfies RunnerRequest);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  /** Ends a thread that did not become ready, and those that it started. */
  async abandon(): Promise<void> {
    this.#closing = Promise.resolve();
    await this.#worker.terminate();
  }

  async #stop(): Promise<void> {
    if (this.#ended) return;
    await this.ask({ call: 'close' }).catch(() => undefined);
    await this.#worker.terminate();
  }

  #take(message: RunnerMessage): void {
    if (message.type !== 'result' && message.type !== 'error') {
      this.#onEarly(message);
      return;
    }
    this.wire = message.wire;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'result') waiting?.resolve(message.value);
    else waiting?.reject(errorOf(message.failure));
  }

  #end(why: string): void {
    this.#ended = new EngineError(
      'failed',
      this.#closing ? 'the runner was closed' : `the runner's thread ended${why}; start the engine again`,
    );
    this.#onEarly(this.#ended);
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
    if (!this.#closing) this.#onCrash?.(this.#ended);
  }
}
