import type { Handler, Stage } from './ports.ts';

/** Composes stages around the last handler; the first stage of the array is the outermost. */
export function pipeline(stages: readonly Stage[], last: Handler): Handler {
  return stages.reduceRight((next, stage) => stage(next), last);
}
