import type { StepSlice } from '../ports.ts';

/** A slice, or a part of one, and which of the given slices it is of. */
export interface CutSlice {
  readonly slice: StepSlice;
  readonly of: number;
}

/**
 * Cuts slices into batches of at most `mostRows` rows, to be run in this order: what is computed does not depend on the
 * cuts, since later parts of a slice find the earlier ones in the cache.
 */
export function cutSlices(slices: readonly StepSlice[], mostRows: number): readonly (readonly CutSlice[])[] {
  const batches: CutSlice[][] = [];
  let room = 0;
  slices.forEach((slice, of) => {
    const { length } = slice.tokens;
    for (let from = 0; from < length; ) {
      if (room === 0) {
        batches.push([]);
        room = mostRows;
      }
      const count = Math.min(room, length - from);
      batches.at(-1)?.push({ slice: count === length ? slice : part(slice, from, count), of });
      from += count;
      room -= count;
    }
  });
  return batches;
}

function part(slice: StepSlice, from: number, count: number): StepSlice {
  const isEnd = from + count === slice.tokens.length;
  return {
    tokens: slice.tokens.subarray(from, from + count),
    start: slice.start + from,
    blocks: slice.blocks,
    logits: slice.logits === 'last' && !isEnd ? 'none' : slice.logits,
  };
}
