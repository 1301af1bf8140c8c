import type { GenerateEvent } from '../ports.ts';

export interface AnswerStreamHooks {
  /** The first event is asked for. */
  start(): void;
  /** The reader has caught up. */
  drained(): void;
  /** The reader wants no more. */
  cancel(): void;
  /** Nothing will be pushed any more. */
  closed(): void;
}

interface Reader {
  resolve(result: IteratorResult<GenerateEvent, undefined>): void;
  reject(error: unknown): void;
}

type End = { readonly error: unknown } | 'done';

/** Events between the step that makes them and whoever reads them, at his own pace. */
export class AnswerStream implements AsyncIterableIterator<GenerateEvent> {
  readonly #hooks: AnswerStreamHooks;
  readonly #most: number;
  readonly #events: GenerateEvent[] = [];
  readonly #readers: Reader[] = [];
  #end: End | null = null;
  #started = false;

  /** @param most events that may wait before `full` */
  constructor(most: number, hooks: AnswerStreamHooks) {
    this.#most = most;
    this.#hooks = hooks;
  }

  get full(): boolean {
    return this.#events.length >= this.#most;
  }

  push(event: GenerateEvent): void {
    if (this.#end) return;
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ done: false, value: event });
    else this.#events.push(event);
  }

  /** What was pushed before is still read. */
  finish(): void {
    this.#close('done');
  }

  fail(error: unknown): void {
    this.#close({ error });
  }

  #close(end: End): void {
    if (this.#end) return;
    this.#end = end;
    this.#hooks.closed();
    for (const reader of this.#readers.splice(0)) this.#settle(reader);
  }

  /** An error is thrown once; after it the stream is over. */
  #settle(reader: Reader): void {
    const end = this.#end;
    this.#end = 'done';
    if (end === null || end === 'done') reader.resolve({ done: true, value: undefined });
    else reader.reject(end.error);
  }

  next(): Promise<IteratorResult<GenerateEvent, undefined>> {
    if (!this.#started) {
      this.#started = true;
      if (!this.#end) this.#hooks.start();
    }
    const event = this.#events.shift();
    if (event) {
      if (this.#events.length === Math.floor(this.#most / 2)) this.#hooks.drained();
      return Promise.resolve({ done: false, value: event });
    }
    return new Promise((resolve, reject) => {
      if (this.#end) this.#settle({ resolve, reject });
      else this.#readers.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<GenerateEvent, undefined>> {
    const open = this.#started && !this.#end;
    this.#started = true;
    this.#events.length = 0;
    this.finish();
    if (open) this.#hooks.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
