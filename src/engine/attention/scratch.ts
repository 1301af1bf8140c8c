import type { KvShape } from '../ports.ts';
import { kvLayout } from '../kv/layout.ts';

/** Rows that the row kernels take at once. */
export const ROWS = 16;
/** Block numbers that they take at once. */
export const LIST = 4_096;
/** Rows of K and V that are written at once. */
export const WRITES = 64;
/** Tokens whose K and V are made floats at once, for one KV head. */
export const TILE_TOKENS = 512;

/** Where the kernels' inputs and outputs are, before an arena's blocks; `bytes` in all. */
export interface Scratch {
  /** Two places for queries, [rows, heads, headDim]: as given, and by KV head. */
  readonly q: readonly [number, number];
  /** Queries as 16-bit numbers, with factors. */
  readonly shorts: number;
  readonly factors: number;
  readonly m: readonly [number, number];
  readonly e: readonly [number, number];
  readonly o: readonly [number, number];
  readonly list: number;
  readonly kernel: number;
  readonly write: { readonly blocks: number; readonly slots: number; readonly k: number; readonly v: number };
  /** K and V of a tile as floats. */
  readonly tile: { readonly k: number; readonly v: number };
  readonly bytes: number;
}

export function scratchFor(kv: KvShape): Scratch {
  const { width } = kvLayout(kv);
  const { heads, kvHeads, headDim } = kv;
  let bytes = 64;
  const room = (floats: number): number => {
    const at = bytes;
    bytes += Math.ceil((floats * 4) / 64) * 64;
    return at;
  };
  const twice = (floats: number): readonly [number, number] => [room(floats), room(floats)];
  return {
    q: twice(ROWS * heads * headDim),
    shorts: room((ROWS * heads * headDim) / 2),
    factors: room(ROWS * heads),
    m: twice(ROWS * heads),
    e: twice(ROWS * heads),
    o: twice(ROWS * heads * width),
    list: room(LIST),
    kernel: room(512),
    write: {
      blocks: room(WRITES),
      slots: room(WRITES),
      k: room(WRITES * kvHeads * headDim),
      v: room(WRITES * kvHeads * headDim),
    },
    tile: { k: room(TILE_TOKENS * headDim), v: room(TILE_TOKENS * headDim) },
    bytes,
  };
}
