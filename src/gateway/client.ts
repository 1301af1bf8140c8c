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
  let gone = false;
  let wake: (() => void) | null = null;
  const woken = (): void => {
    wake?.();
    wake = null;
  };
  res.on('drain', woken);
  res.on('error', woken);
  res.on('close', () => {
    if (!res.writableFinished) {
      gone = true;
      onGone();
    }
    woken();
  });
  return {
    get gone() {
      return gone;
    },
    writable: async () => {
      if (gone || !res.writableNeedDrain) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
  };
}
