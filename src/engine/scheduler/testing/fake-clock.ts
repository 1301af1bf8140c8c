import type { Clock } from '../../../core/ports.ts';

export interface FakeClock extends Clock {
  /** Goes on to the next sleeper and wakes him; false when nobody sleeps. */
  advance(): boolean;
}

export function createFakeClock(): FakeClock {
  let nowMs = 0;
  let sleepers: { atMs: number; wake(): void }[] = [];
  return {
    now: () => nowMs,
    ticks: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const sleeper = { atMs: nowMs + ms, wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', abort);
      }),
    advance: () => {
      const next = sleepers.sort((a, b) => a.atMs - b.atMs).shift();
      if (!next) return false;
      nowMs = next.atMs;
      next.wake();
      return true;
    },
  };
}

/** Until all that can go on without the clock has done so. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
