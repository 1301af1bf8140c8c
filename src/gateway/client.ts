import type { ServerResponse } from 'node:http';

/** Whether somebody still waits for the answer. */
export interface Client {
  readonly gone: boolean;
  /** Resolves when the socket takes more bytes, or when the client is gone. */
  writable(): Promise<void>;
}

/**
 * Watches the client's end of a response.
 * @param onGone called once, when the client left before the response was complete
 */
export function watchClient(res: ServerResponse, onGone: () => void): Client {
  return new WatchedClient(res, onGone);
}

/** A class: an object literal with a getter gets a hidden class of its own, which outlives the call with all it refers to. */
class WatchedClient implements Client {
  readonly #res: ServerResponse;
  #wake: (() => void) | null = null;
  gone = false;

  constructor(res: ServerResponse, onGone: () => void) {
    this.#res = res;
    const woken = (): void => {
      this.#wake?.();
      this.#wake = null;
    };
    res.on('drain', woken);
    res.on('error', woken);
    res.on('close', () => {
      if (!res.writableFinished) {
        this.gone = true;
        onGone();
      }
      woken();
    });
  }

  async writable(): Promise<void> {
    if (this.gone || !this.#res.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
