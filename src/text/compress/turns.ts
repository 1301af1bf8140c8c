import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest time that other calls wait for one long text. */
const LONGEST_TURN_MS = 8;

/** Lets others in between the steps of long work: await `next()` where `due()`. */
export function turns(): { due(): boolean; next(): Promise<void> } {
  let begun = performance.now();
  return {
    due: () => performance.now() - begun > LONGEST_TURN_MS,
    next: async () => {
      await nextTurn();
      begun = performance.now();
    },
  };
}
