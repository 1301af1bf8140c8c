import type { CallError } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';

/** What fills a queue. */
export interface Source {
  /** Called at the first read. */
  start(): void;
  /** Called when the reader leaves early. */
  stop(): void;
  pause(): void;
  resume(): void;
}

/** Unread bytes at which the source is paused; it goes on when all was read. */
const HIGH_WATER_BYTES = 1024 * 1024;

type Result = IteratorResult<Part>;

const DONE: Result = { done: true, value: undefined };

/** Carries the parts of one answer from callbacks to one reader, with bounded memory and one promise a read. */
export class PartQueue implements AsyncIterableIterator<Part> {
  readonly #source: Source;
  #parts: Part[] = [];
  #read = 0;
  /** The chunks of the last queued part while it is `wire`: more bytes join it until it is read. */
  #openChunks: Uint8Array[] | null = null;
  #unreadBytes = 0;
  /** The reader that waits for the next part. */
  #resolve: ((result: Result) => void) | null = null;
  #reject: ((error: CallError) => void) | null = null;
  #state: 'new' | 'open' | 'ended' | 'closed' = 'new';
  #error: CallError | null = null;
  #paused = false;

  constructor(source: Source) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @param bytes size of what the part was made from, counted against the bound. */
  push(part: Part, bytes = 0): void {
    if (this.#state !== 'open') return;
    if (this.#give({ done: false, value: part })) return;
    this.#parts.push(part);
    this.#openChunks = null;
    this.#grow(bytes);
  }

  /** Bytes for a client of the same dialect. All that wait for one read become one part. The array is ours from now on. */
  pushWire(chunks: Uint8Array[]): void {
    if (chunks.length === 0 || this.#state !== 'open') return;
    if (this.#resolve) {
      this.#give({ done: false, value: { type: 'wire', chunks } });
      return;
    }
    if (this.#openChunks) {
      this.#openChunks.push(...chunks);
    } else {
      this.#parts.push({ type: 'wire', chunks });
      this.#openChunks = chunks;
    }
    let bytes = 0;
    for (const chunk of chunks) bytes += chunk.length;
    this.#grow(bytes);
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#give(DONE);
  }

  /** The reader gets what is queued, and then the error. */
  fail(error: CallError): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    if (this.#reject) this.#reject(error);
    else this.#error = error;
    this.#resolve = null;
    this.#reject = null;
  }

  next(): Promise<Result> {
    if (this.#state === 'new') {
      this.#state = 'open';
      this.#source.start();
    }
    const part = this.#take();
    if (part) return Promise.resolve({ done: false, value: part });
    if (this.#error) {
      const error = this.#error;
      this.#error = null;
      return Promise.reject(error);
    }
    if (this.#state !== 'open') return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  return(): Promise<Result> {
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#parts = [];
    this.#error = null;
    this.#give(DONE);
    if (wasOpen) this.#source.stop();
    return Promise.resolve(DONE);
  }

  /** @returns whether a reader was waiting for it */
  #give(result: Result): boolean {
    const resolve = this.#resolve;
    if (!resolve) return false;
    this.#resolve = null;
    this.#reject = null;
    resolve(result);
    return true;
  }

  #take(): Part | null {
    const part = this.#parts[this.#read];
    if (!part) return null;
    this.#read += 1;
    if (this.#read === this.#parts.length) {
      this.#parts = [];
      this.#read = 0;
      this.#openChunks = null;
      this.#unreadBytes = 0;
      if (this.#paused) {
        this.#paused = false;
        this.#source.resume();
      }
    }
    return part;
  }

  #grow(bytes: number): void {
    this.#unreadBytes += bytes;
    if (this.#unreadBytes < HIGH_WATER_BYTES || this.#paused) return;
    this.#paused = true;
    this.#source.pause();
  }
}
