/** Says when nobody waits for a call's answer any more. Every AbortSignal is one. */
export interface CallSignal {
  readonly aborted: boolean;
  /** The listener is called at most once, and not for what is over already. */
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * The CallSignal of a call that came in by HTTP, in the hands of its giver. An AbortController would do, but its signal is
 * dear to make and keeps the call in memory for long, and most calls are never aborted.
 */
export class CallAbort implements CallSignal {
  aborted = false;
  #listeners: (() => void)[] = [];
  #full: AbortController | null = null;

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const listeners = this.#listeners;
    this.#listeners = [];
    this.#full?.abort();
    for (const listener of listeners) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted && !this.#listeners.includes(listener)) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }

  /** For those who want a real one; the same at each call. */
  toAbortSignal(): AbortSignal {
    if (!this.#full) {
      this.#full = new AbortController();
      if (this.aborted) this.#full.abort();
    }
    return this.#full.signal;
  }
}

/** What of the platform takes no other: timers, `fetch`, `AbortSignal.any`. */
export function abortSignalOf(signal: CallSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  if (signal instanceof CallAbort) return signal.toAbortSignal();
  const full = new AbortController();
  if (signal.aborted) full.abort();
  else signal.addEventListener('abort', () => full.abort(), { once: true });
  return full.signal;
}
