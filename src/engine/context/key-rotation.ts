import { type RopeRows, ropeRows } from '../graphs/rope.ts';
import type { RopeSpec } from '../models/model.ts';
import type { KvShape } from '../ports.ts';

/** Takes the position out of keys and puts it in again: without it a channel's values are far more alike. */
export interface KeyRotation {
  /** In place, [tokens, kvHeads · headDim] from position `start`. */
  undo(keys: Float32Array, start: number): void;
  apply(keys: Float32Array, start: number): void;
}

export function keyRotation({ kvHeads, headDim }: KvShape, rope: RopeSpec): KeyRotation {
  const half = rope.dims / 2;
  const channels = kvHeads * headDim;
  // Every layer of some tokens has the same.
  let last: { start: number; tokens: number; rows: RopeRows } | null = null;
  const rowsOf = (start: number, tokens: number): RopeRows => {
    if (last?.start !== start || last.tokens !== tokens) {
      const positions = Int32Array.from({ length: tokens }, (_, i) => start + i);
      last = { start, tokens, rows: ropeRows(rope, positions) };
    }
    return last.rows;
  };
  const turn = (keys: Float32Array, start: number, back: boolean): void => {
    const tokens = keys.length / channels;
    const { cos, sin } = rowsOf(start, tokens);
    for (let token = 0; token < tokens; token++)
      for (let head = 0; head < kvHeads; head++) {
        const first = token * channels + head * headDim;
        for (let i = 0; i < half; i++) {
          const c = cos[token * half + i]!;
          // YaRN's rotation also stretches: going back divides by its square.
          const s = back ? -sin[token * half + i]! : sin[token * half + i]!;
          const by = back ? 1 / (c * c + s * s) : 1;
          const a = keys[first + i]!;
          const b = keys[first + half + i]!;
          keys[first + i] = (a * c - b * s) * by;
          keys[first + half + i] = (b * c + a * s) * by;
        }
      }
  };
  return {
    undo: (keys, start) => turn(keys, start, true),
    apply: (keys, start) => turn(keys, start, false),
  };
}
