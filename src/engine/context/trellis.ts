/**
 * Trellis-coded quantisation (Marcellin and Fischer 1990; the machine is one of Ungerboeck's, of eight states, as JPEG 2000 part 2 has): a
 * channel's values are whole numbers of half steps, of which in every state only the even or only the odd ones can be said, so
 * that each takes the bits of a whole step; which ones is told by the numbers before. The writer looks for the path that is
 * nearest to its values: a fifth less squared error than nearest whole steps, for the same bits.
 */
const STATES = 8;
/** State times two plus the parity of the number's half, to the state after. The state's own lowest bit: odd numbers. */
export const NEXT_STATE: Uint8Array = Uint8Array.of(0, 1, 2, 3, 5, 4, 7, 6, 1, 0, 3, 2, 4, 5, 6, 7);
/** Even numbers only: whole steps. */
export const NO_TRELLIS: Uint8Array = new Uint8Array(2);

/** Its arrays are kept from call to call: they are as large as a channel. */
export interface Trellis {
  /** @param values [count] @returns whole numbers of half steps, at most `most` in size; each within a step of its value */
  quantise(values: Float32Array, step: number, most: number): Int32Array;
}

/** For channels of so many values at most. */
export function openTrellis(count: number): Trellis {
  const nearest = new Int32Array(4 * count);
  const ways = new Uint8Array(count);
  let costs = new Float64Array(STATES);
  let after = new Float64Array(STATES);

  /** The nearest numbers of each remainder by 4, and the best way to each state over them. */
  function goForward(values: Float32Array, step: number, most: number): void {
    costs.fill(Number.POSITIVE_INFINITY);
    costs[0] = 0;
    const errors = new Float64Array(4);
    for (let i = 0; i < values.length; i++) {
      const value = Math.max(4 - most, Math.min(most - 4, (2 * values[i]!) / step));
      for (let rest = 0; rest < 4; rest++) {
        const own = 4 * Math.round((value - rest) / 4) + rest;
        nearest[4 * i + rest] = own;
        errors[rest] = (value - own) ** 2;
      }
      let way = 0;
      for (let state = 0; state < STATES; state++) {
        // Of the two states that lead here, the second differs from the first in its highest bit alone.
        const first = state >> 1;
        const odd = first & 1;
        const half = (state ^ (first >> 1)) & 1;
        const a = costs[first]! + errors[2 * half + odd]!;
        const b = costs[first + 4]! + errors[2 * (1 - half) + odd]!;
        after[state] = a <= b ? a : b;
        if (b < a) way |= 1 << state;
      }
      ways[i] = way;
      [costs, after] = [after, costs];
    }
  }

  return {
    quantise(values, step, most) {
      const out = new Int32Array(values.length);
      if (!(step > 0)) return out;
      goForward(values, step, most);
      let state = costs.indexOf(Math.min(...costs));
      for (let i = values.length - 1; i >= 0; i--) {
        const before = (state >> 1) + 4 * ((ways[i]! >> state) & 1);
        const half = (state ^ (before >> 1) ^ (before >> 2)) & 1;
        out[i] = nearest[4 * i + 2 * half + (before & 1)]!;
        state = before;
      }
      return out;
    },
  };
}
