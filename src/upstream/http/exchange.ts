import type { Dispatcher } from 'undici';
import { CallError } from '../../core/errors.ts';
import type { Limits } from '../../core/settings.ts';
import { ticksFromNow, unwatch, watch, type Watched } from './deadline.ts';
import { type Progress, transportError } from './transport-error.ts';

export type ResponseHeaders = Readonly<Record<string, string>>;

/** Takes one answer as it comes. Exactly one of `end` and `fail` is called, last; nothing is after `abort`. */
export interface Receiver {
  head(status: number, headers: ResponseHeaders): void;
  data(chunk: Buffer): void;
  end(): void;
  fail(error: CallError): void;
}

export type Timeouts = Pick<Limits, 'connectMs' | 'firstByteMs' | 'idleMs'>;

/** One request over one connection, and the three times it may take to go on: to connect, to answer, between bytes. */
export class Exchange implements Dispatcher.DispatchHandler, Watched {
  readonly #provider: string;
  readonly #timeouts: Timeouts;
  readonly #receiver: Receiver;
  #controller: Dispatcher.DispatchController | null = null;
  #progress: Progress = 'connecting';
  #over = false;
  dueTick: number;
  place = -1;

  constructor(provider: string, timeouts: Timeouts, receiver: Receiver) {
    this.#provider = provider;
    this.#timeouts = timeouts;
    this.#receiver = receiver;
    this.dueTick = ticksFromNow(timeouts.connectMs);
    watch(this);
  }

  /** False while no byte of the request can have reached the provider. */
  get sent(): boolean {
    return this.#progress !== 'connecting';
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    if (!this.#over) this.#controller?.resume();
  }

  /** Ends the exchange and its socket at once; the receiver hears nothing more. */
  abort(): void {
    if (this.#over) return;
    this.#finish();
    this.#controller?.abort(new Error('aborted'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) {
      controller.abort(new Error('aborted'));
      return;
    }
    this.#enter('sent', this.#timeouts.firstByteMs);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#over || status < 200) return;
    this.#enter('answering', this.#timeouts.idleMs);
    this.#receiver.head(status, flattened(headers));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.dueTick = ticksFromNow(this.#timeouts.idleMs);
    this.#receiver.data(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#finish();
    this.#receiver.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(transportError(this.#provider, this.#progress, error));
  }

  late(): void {
    // A paused stream waits for its reader; the provider is not late.
    if (this.#controller?.paused) {
      this.dueTick = ticksFromNow(this.#timeouts.idleMs);
      return;
    }
    const error = lateError(this.#provider, this.#progress, this.#timeouts);
    this.#fail(error);
    this.#controller?.abort(error);
  }

  #enter(progress: Progress, limitMs: number): void {
    this.#progress = progress;
    this.dueTick = ticksFromNow(limitMs);
  }

  #fail(error: CallError): void {
    if (this.#over) return;
    this.#finish();
    this.#receiver.fail(error);
  }

  #finish(): void {
    this.#over = true;
    unwatch(this);
  }
}

function lateError(provider: string, progress: Progress, timeouts: Timeouts): CallError {
  switch (progress) {
    case 'connecting':
      return new CallError(
        'upstream_timeout',
        `${provider} took no connection within ${timeouts.connectMs} ms.`,
      );
    case 'sent':
      return new CallError(
        'upstream_timeout',
        `${provider} did not answer within ${timeouts.firstByteMs} ms.`,
      );
    case 'answering':
      return new CallError(
        'upstream_timeout',
        `${provider} stopped sending its answer for ${timeouts.idleMs} ms.`,
      );
  }
}

/** Repeated headers joined to one value, as RFC 9110 (5.2) has it; cookies, which cannot be, are left out. */
function flattened(headers: Record<string, string | string[] | undefined>): ResponseHeaders {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name === 'set-cookie') continue;
    flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}
