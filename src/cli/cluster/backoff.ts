const FIRST_MS = 100;
const MOST_MS = 10_000;
/** A worker that lived this long died of something else than its start. */
const HEALTHY_MS = 60_000;

/** How long to wait before a worker that died is replaced. @param previousMs the wait before this one, 0 at first */
export function restartDelayMs(previousMs: number, livedMs: number): number {
  if (livedMs >= HEALTHY_MS) return FIRST_MS;
  return Math.min(MOST_MS, Math.max(FIRST_MS, previousMs * 2));
}
