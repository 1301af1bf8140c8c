import { expect, test } from 'vitest';
import { openProducts } from './products.ts';

const products = openProducts();

function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 1.7));
}

function lowerTriangular(size: number): Float32Array {
  return numbers(size * size, 5).map((each, at) => (at % size <= Math.floor(at / size) ? each : 0));
}

test.each([1, 64, 128, 200, 384])('a triangle of %d rows is multiplied as if it were whole', (size) => {
  const triangle = lowerTriangular(size);
  const other = numbers(size * 9, 2);
  const near = (got: Float32Array, wanted: Float32Array): void => {
    expect(got).toHaveLength(wanted.length);
    const most = Math.max(...got.map((each, at) => Math.abs(each - wanted[at]!)));
    expect(most).toBeLessThan(1e-4);
  };
  near(products.turnedByLower(other, triangle, size), products.turned(other, triangle, size));
  near(products.lowerStraight(triangle, other, size), products.straight(triangle, other, size));
});

test('products are what they say', () => {
  const a = Float32Array.of(1, 2, 3, 4, 5, 6);
  const b = Float32Array.of(1, 0, 2, 1, 1, 1);
  expect([...products.plain(a, b, 3)]).toEqual([7, 6, 16, 15]);
  expect([...products.straight(a, b, 3)]).toEqual([8, 5, 20, 11]);
  expect([...products.turned(a, b, 3)]).toEqual([11, 9, 14, 12]);
});
