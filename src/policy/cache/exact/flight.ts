import type { CallSignal } from '../../../core/call-signal.ts';
import type { Part } from '../../../core/part.ts';
import { sizeOfPart } from './stored-answer.ts';

export interface FlightOptions {
  readonly source: AsyncIterable<Part>;
  /** Aborts the source. */
  readonly abort: AbortController;
  readonly mostBytes: number;
  /** Told when the answer has become too large to be kept. */
  readonly onOverflow: () => void;
  /** Told once how it ended: all its parts, or null when it failed or could not be kept. */
  readonly onEnd: (parts: readonly Part[] | null) => void;
}

/**
 * One answer under way and everybody who reads it. Whoever is furthest pulls the next part; the others find it kept.
 * Only when the last reader has left is it given up: a reader whose client has left reads on while others need the
 * answer, since it is booked on one of them. An answer that outgrows `mostBytes` must be offered to no further readers
 * and keeps only what somebody has still to read.
 */
export class Flight {
  readonly #options: FlightOptions;
  readonly #source: AsyncIterator<Part>;
  readonly #readers = new Set<FlightReader>();
  readonly #parts: Part[] = [];
  /** Number of parts that were let go at the front. */
  #gone = 0;
  #bytes = 0;
  #pulling: Promise<void> | null = null;
  #room: (() => void) | null = null;
  #error: { readonly value: unknown } | null = null;
  #ended = false;
  #overflowed = false;

  constructor(options: FlightOptions) {
    this.#options = options;
    this.#source = options.source[Symbol.asyncIterator]();
  }

  /** The answer from its first part. @param signal aborts when this reader's own client has left */
  read(signal: CallSignal): AsyncIterableIterator<Part> {
    const reader = new FlightReader(this);
    this.#readers.add(reader);
    if (signal.aborted) this.leave(reader);
    else signal.addEventListener('abort', () => this.leave(reader), { once: true });
    return reader;
  }

  /** Nobody waits for it any more. */
  get abandoned(): boolean {
    return this.#options.abort.signal.aborted;
  }

  /** The part at a position; null at the end. @throws as the source does */
  async at(position: number): Promise<Part | null> {
    for (;;) {
      const part = this.#parts[position - this.#gone];
      if (this.#overflowed) this.#letGo();
      if (part) return part;
      if (this.#error) throw this.#error.value;
      if (this.#ended) return null;
      this.#pulling ??= this.#pull();
      await this.#pulling;
    }
  }

  leave(reader: FlightReader): void {
    reader.left = true;
    if (reader.closed) this.#readers.delete(reader);
    if (this.#overflowed) this.#letGo();
    if (this.#ended || this.#error || [...this.#readers].some(({ left }) => !left)) return;
    this.#options.abort.abort();
    if (this.#readers.size === 0) void this.#source.return?.();
  }

  async #pull(): Promise<void> {
    const { mostBytes, onEnd, onOverflow } = this.#options;
    try {
      await this.#roomForMore();
      const { done, value } = await this.#source.next();
      if (done) {
        this.#ended = true;
        onEnd(this.#overflowed ? null : this.#parts);
        return;
      }
      this.#parts.push(value);
      this.#bytes += sizeOfPart(value);
      if (this.#overflowed || this.#bytes <= mostBytes) return;
      this.#overflowed = true;
      onOverflow();
    } catch (error) {
      this.#error = { value: error };
      onEnd(null);
    } finally {
      this.#pulling = null;
    }
  }

  /** A fast reader of a large answer waits for the slowest. */
  async #roomForMore(): Promise<void> {
    if (!this.#overflowed || !this.#isFull()) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  #isFull(): boolean {
    return this.#bytes > this.#options.mostBytes && this.#readers.size > 1;
  }

  /** Drops what every reader has read. */
  #letGo(): void {
    let slowest = this.#gone + this.#parts.length;
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.position);
    for (const part of this.#parts.splice(0, slowest - this.#gone)) this.#bytes -= sizeOfPart(part);
    this.#gone = slowest;
    if (this.#isFull()) return;
    this.#room?.();
    this.#room = null;
  }
}

class FlightReader implements AsyncIterableIterator<Part> {
  readonly #flight: Flight;
  position = 0;
  left = false;
  closed = false;

  constructor(flight: Flight) {
    this.#flight = flight;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Part>> {
    const part = this.closed ? null : await this.#flight.at(this.position);
    if (!part) return { done: true, value: undefined };
    this.position += 1;
    return { done: false, value: part };
  }

  async return(): Promise<IteratorResult<Part>> {
    if (!this.closed) {
      this.closed = true;
      this.#flight.leave(this);
    }
    return { done: true, value: undefined };
  }
}
