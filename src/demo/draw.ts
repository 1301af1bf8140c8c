import type { Range } from './workloads.ts';

/** Uniform in [0, 1). */
export type Draw = () => number;

/** Whole, towards the lower end more often: sizes of prompts and answers have long tails. */
export function drawSkewed([least, most]: Range, draw: Draw): number {
  return Math.round(least + (most - least) * draw() ** 2);
}

export function drawOne<T>(from: readonly [T, ...T[]] | readonly T[], draw: Draw): T {
  return from[Math.floor(draw() * from.length)] as T;
}

/** How many events happen where `mean` are expected (Knuth; fit for small means). */
export function drawCount(mean: number, draw: Draw): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = draw(); product > limit; product *= draw()) count += 1;
  return count;
}

/** A UUIDv7 (RFC 9562) from drawn bits, the same for the same draws. */
export function drawUuidv7(at: number, draw: Draw): string {
  const time = Math.floor(at).toString(16).padStart(12, '0');
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(draw() * 16).toString(16)).join('');
  const variant = (8 + Math.floor(draw() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}
