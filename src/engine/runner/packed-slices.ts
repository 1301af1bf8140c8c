import type { BlockRef, ShardId, StepSlice } from '../ports.ts';

/** Slices as they go to the runner's thread: a long context has too many blocks to send each as an object. */
export interface PackedSlices {
  readonly shards: readonly ShardId[];
  readonly slices: readonly PackedSlice[];
}

interface PackedSlice extends Omit<StepSlice, 'blocks'> {
  /** Pairs of an index into `shards` and a block. */
  readonly blocks: Int32Array;
}

export function packSlices(slices: readonly StepSlice[]): PackedSlices {
  const indices = new Map<ShardId, number>();
  const indexOf = (shard: ShardId): number => {
    const known = indices.get(shard);
    if (known !== undefined) return known;
    indices.set(shard, indices.size);
    return indices.size - 1;
  };
  const packed = slices.map((slice) => {
    const blocks = new Int32Array(slice.blocks.length * 2);
    slice.blocks.forEach(({ shard, block }, i) => {
      blocks[2 * i] = indexOf(shard);
      blocks[2 * i + 1] = block;
    });
    return { ...slice, blocks };
  });
  return { shards: [...indices.keys()], slices: packed };
}

export function unpackSlices({ shards, slices }: PackedSlices): readonly StepSlice[] {
  return slices.map((slice) => ({
    ...slice,
    blocks: Array.from(
      { length: slice.blocks.length / 2 },
      (_, i): BlockRef => ({
        shard: shards[slice.blocks[2 * i] ?? 0] ?? '',
        block: slice.blocks[2 * i + 1] ?? 0,
      }),
    ),
  }));
}
