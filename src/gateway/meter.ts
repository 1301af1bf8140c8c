import { type FinishPart, type HeadPart, type Part, type UsagePart } from '../core/part.ts';
import type { Clock } from '../core/ports.ts';

/** Content kept for an estimate or a stored body; of a longer answer only the beginning is kept. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024;

/** Watches one call's parts go by and remembers what the ledger row needs. It adds nothing and delays nothing. */
export class Meter {
  readonly #clock: Clock;
  readonly #arrivedAt: number;
  readonly #ownMs: number;
  readonly #kept: Part[] = [];
  #keptBytes = 0;
  #lastPartAt: number;
  #firstContentAt: number | null = null;
  head: HeadPart | null = null;
  usage: UsagePart | null = null;
  finish: FinishPart | null = null;

  /**
   * @param arrivedAt ticks when the request came
   * @param ownMs milliseconds that the gateway has worked on it so far, without waiting for the client's bytes
   */
  constructor(clock: Clock, arrivedAt: number, ownMs: number) {
    this.#clock = clock;
    this.#arrivedAt = arrivedAt;
    this.#ownMs = ownMs;
    this.#lastPartAt = clock.ticks();
  }

  observe(part: Part): void {
    this.#lastPartAt = this.#clock.ticks();
    switch (part.type) {
      case 'head':
        this.head = part;
        return;
      case 'usage':
        this.usage = part;
        return;
      case 'finish':
        this.finish = part;
        return;
      default:
        this.#firstContentAt ??= this.#lastPartAt;
        this.#keep(part);
    }
  }

  /** Content parts as far as kept. */
  get seen(): readonly Part[] {
    return this.#kept;
  }

  get ttftMs(): number | null {
    return this.#firstContentAt === null ? null : this.#firstContentAt - this.#arrivedAt;
  }

  /** Total and own time at this moment: own is what the gateway spent before sending and after the last part. */
  times(): { readonly totalMs: number; readonly overheadMs: number } {
    const now = this.#clock.ticks();
    return { totalMs: now - this.#arrivedAt, overheadMs: this.#ownMs + (now - this.#lastPartAt) };
  }

  #keep(part: Part): void {
    if (part.type === 'logprobs' || this.#keptBytes >= MOST_KEPT_BYTES) return;
    this.#kept.push(part);
    if (part.type === 'wire') for (const chunk of part.chunks) this.#keptBytes += chunk.length;
    else if (part.type === 'text-delta' || part.type === 'reasoning-delta')
      this.#keptBytes += part.text.length;
    else if (part.type === 'tool-call-delta') this.#keptBytes += part.arguments.length;
    else if (part.type === 'embedding') this.#keptBytes += part.vector.length * 8;
  }
}
