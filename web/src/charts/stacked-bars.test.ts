import { expect, it } from 'vitest';
import { stackedData } from './stacked-bars.ts';

const series = (...values: number[]) => ({ label: '', color: '', values });

it('stacks what is negative from the line downwards', () => {
  const data = { startsMs: [0, 1000], lengthMs: 1000, series: [series(1, -1), series(2, 3), series(-4, -2)] };
  // Outermost first.
  expect(stackedData(data)).toEqual([
    [0, 1],
    [-4, -3],
    [3, 3],
    [1, -1],
  ]);
});
