import type { Log } from '../core/ports.ts';
import type { ListedCall, Queries } from '../store/index.ts';

const PERIOD_MS = 500;
const MOST_CALLS = 500;

/** Finished calls of all gateways as they are written down, by one reader for however many listeners. */
export interface LiveCalls {
  /** Returns the way to stop. */
  subscribe(listener: (call: ListedCall) => void): () => void;
  close(): void;
}

export function liveCalls(ledger: Pick<Queries, 'tail'>, log: Log, periodMs = PERIOD_MS): LiveCalls {
  const listeners = new Set<(call: ListedCall) => void>();
  let timer: NodeJS.Timeout | undefined;
  let reading = false;

  const follow = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    let mark: string | null = null;
    while (listeners.size > 0) {
      const full = await read();
      if (!full) await pause();
    }
    reading = false;

    /** Whether more calls are waiting already. */
    async function read(): Promise<boolean> {
      try {
        const { mark: next, calls } = await ledger.tail(mark, MOST_CALLS);
        mark = next;
        for (const call of calls) for (const listener of listeners) listener(call);
        return calls.length === MOST_CALLS;
      } catch (error) {
        log.warn('The live stream can not read the ledger', { error: String(error) });
        return false;
      }
    }
  };

  let wake = (): void => undefined;
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, periodMs);
    });

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      void follow();
      return () => void listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      clearTimeout(timer);
      wake();
    },
  };
}
