import { expect, test } from 'vitest';
import { openProducts } from './products.ts';

const products = openProducts();

test('products are what they say', () => {
  const a = Float32Array.of(1, 2, 3, 4, 5, 6);
  const b = Float32Array.of(1, 0, 2, 1, 1, 1);
  expect([...products.plain(a, b, 3)]).toEqual([7, 6, 16, 15]);
  expect([...products.straight(a, b, 3)]).toEqual([8, 5, 20, 11]);
  expect([...products.turned(a, b, 3)]).toEqual([11, 9, 14, 12]);
});
