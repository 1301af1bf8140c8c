import { seededRandom } from './words.ts';

/** A unit vector, the same for the same text. Values are exact in 32 bits, so that base64 and JSON agree. */
export function vectorOf(text: string, dimensions: number): number[] {
  const random = seededRandom(`vector ${text}`);
  const raw = Array.from({ length: dimensions }, () => random() - 0.5);
  const length = Math.hypot(...raw) || 1;
  return raw.map((value) => Math.fround(value / length));
}
