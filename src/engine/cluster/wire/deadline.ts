/**
 * Runs out when what it was armed for does not come within `ms`. A thread that was busy for longer must not blame the
 * other side for what lies unread in its own sockets: time is up only after the event loop has gone round without any
 * progress, or, however little by little it comes, after twice the time.
 */
export class Deadline {
  readonly #ms: number;
  readonly #expired: () => void;
  readonly #progress: () => number;
  #timer: NodeJS.Timeout | null = null;
  #armings = 0;
  #armed = false;

  /** @param progress a number that grows with what comes, such as bytes read */
  constructor(ms: number, progress: () => number, expired: () => void) {
    this.#ms = ms;
    this.#progress = progress;
    this.#expired = expired;
  }

  /** Starts, or starts again. */
  arm(): void {
    this.#armed = true;
    this.#armings++;
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#fire(), this.#ms).unref();
  }

  disarm(): void {
    this.#armed = false;
    this.#armings++;
  }

  get armed(): boolean {
    return this.#armed;
  }

  /** For good. */
  stop(): void {
    this.disarm();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #fire(): void {
    if (!this.#armed) return;
    const arming = this.#armings;
    const end = performance.now() + this.#ms;
    let seen = this.#progress();
    let quietTurns = 0;
    const look = (): void => {
      if (!this.#armed || this.#armings !== arming) return;
      const now = this.#progress();
      quietTurns = now === seen ? quietTurns + 1 : 0;
      seen = now;
      if (quietTurns < QUIET_TURNS && performance.now() < end) setImmediate(look);
      else {
        this.#armed = false;
        this.#expired();
      }
    };
    setImmediate(look);
  }
}

const QUIET_TURNS = 3;
