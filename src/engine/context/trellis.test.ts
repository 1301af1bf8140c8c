import { describe, expect, it } from 'vitest';
import { normals, randomOf } from '../models/testing/random.contract.ts';
import { NEXT_STATE, openTrellis } from './trellis.ts';

const COUNT = 4096;
const MOST = 1000;

/** Whether a reader that follows the states can be told these. */
function canBeSaid(numbers: Int32Array): boolean {
  let state = 0;
  for (const each of numbers) {
    if ((each & 1) !== (state & 1)) return false;
    state = NEXT_STATE[2 * state + ((each >> 1) & 1)]!;
  }
  return true;
}

describe('a trellis', () => {
  it('gives numbers that its states allow, each within a step, with a fifth less squared error than whole steps', () => {
    const trellis = openTrellis(COUNT);
    for (const size of [0.7, 3, 20]) {
      const values = normals(COUNT, size, randomOf(1));
      const numbers = trellis.quantise(values, 1, MOST);
      expect(canBeSaid(numbers)).toBe(true);
      let squares = 0;
      numbers.forEach((each, i) => {
        expect(Math.abs(each / 2 - values[i]!)).toBeLessThanOrEqual(1);
        squares += (each / 2 - values[i]!) ** 2;
      });
      expect(squares / COUNT).toBeLessThan(0.8 / 12);
    }
  });

  it('finds the nearest of all paths', () => {
    const values = normals(7, 2, randomOf(2));
    const numbers = openTrellis(7).quantise(values, 1, MOST);
    const best = (at: number, state: number): number => {
      if (at === values.length) return 0;
      const near = Math.round(2 * values[at]!);
      let least = Number.POSITIVE_INFINITY;
      for (let each = near - 4; each <= near + 4; each++)
        if ((each & 1) === (state & 1))
          least = Math.min(
            least,
            (each / 2 - values[at]!) ** 2 + best(at + 1, NEXT_STATE[2 * state + ((each >> 1) & 1)]!),
          );
      return least;
    };
    const own = numbers.reduce((sum, each, i) => sum + (each / 2 - values[i]!) ** 2, 0);
    expect(own).toBeCloseTo(best(0, 0), 5);
  });

  it('stays within what numbers may be, and says nothing of values in steps of nothing', () => {
    const numbers = openTrellis(4).quantise(Float32Array.of(1e9, -1e9, 1e9, 0), 1, MOST);
    expect(canBeSaid(numbers)).toBe(true);
    numbers.forEach((each) => expect(Math.abs(each)).toBeLessThanOrEqual(MOST));
    expect([...openTrellis(4).quantise(Float32Array.of(1, 2, 3, 4), 0, MOST)]).toEqual([0, 0, 0, 0]);
  });
});
