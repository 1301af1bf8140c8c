import type { RangeDecoder, RangeEncoder, Run } from './range-coder.ts';
import { ESCAPE, LARGEST, SCALE_TABLES, SCALES, type ScaleTable, SYMBOLS, symbolOf } from './scale-tables.ts';

/**
 * A channel's numbers are whole numbers of half steps. Which of them are even the trellis tells, so a number's difference to
 * what is expected of it, its residual, is coded in whole steps, rounded down; the other half step is known.
 */

/** A whole step this large is coded as if it were less: values of a cache are nowhere near. */
export const MOST = 32_767;

/** The numbers of one channel, ready to be coded. */
export interface CodedChannel {
  /** In half steps. */
  readonly residuals: Int32Array;
  /** 1: each is the difference to the token before, 0: to the mean. */
  readonly delta: 0 | 1;
  readonly scale: number;
}

/** In whole steps. */
export function meanOf(numbers: Int32Array): number {
  let sum = 0;
  for (const each of numbers) sum += each;
  return Math.round(sum / 2 / Math.max(1, numbers.length));
}

/** Predicts by the mean or by the token before, whichever leaves less. */
export function codeChannel(numbers: Int32Array, mean: number): CodedChannel {
  const toMean = numbers.map((each) => each - 2 * mean);
  const toBefore = numbers.map((each, token) => each - (token > 0 ? numbers[token - 1]! : 2 * mean));
  const [a, b] = [bestScale(toMean), bestScale(toBefore)];
  return b.bits < a.bits
    ? { residuals: toBefore, delta: 1, scale: b.scale }
    : { residuals: toMean, delta: 0, scale: a.scale };
}

/** Last first, as the encoder wants it. */
export function putChannel(encoder: RangeEncoder, { residuals, scale }: CodedChannel): void {
  const table = SCALE_TABLES[scale]!;
  const { rawBits } = table;
  for (let i = residuals.length - 1; i >= 0; i--) {
    const whole = residuals[i]! >> 1;
    const high = whole >> rawBits;
    const symbol = symbolOf(high);
    if (rawBits > 0) encoder.putBits(whole & ((1 << rawBits) - 1), rawBits);
    if (symbol === ESCAPE) {
      const raw = high + 2 * MOST;
      encoder.putBits(raw >>> 16, 1);
      encoder.putBits((raw >>> 8) & 255, 8);
      encoder.putBits(raw & 255, 8);
    }
    encoder.put(table, (residuals[i]! & 1) * SYMBOLS + symbol);
  }
}

export interface ChannelCode {
  readonly count: number;
  readonly mean: number;
  readonly delta: number;
  readonly scale: number;
  /** NEXT_STATE or NO_TRELLIS. */
  readonly next: Uint8Array;
}

/** Writes the numbers of the channel to `out`, in order. */
export function takeChannel(
  decoder: RangeDecoder,
  { count, mean, delta, scale, next }: ChannelCode,
  out: Int32Array,
): void {
  const table = SCALE_TABLES[scale]!;
  const { rawBits } = table;
  const run: Run = { next, delta: delta === 1, expected: 2 * mean, trellis: 0 };
  for (let i = 0; i < count; ) {
    if (rawBits === 0) i = decoder.takeRun(table, run, out, i, count);
    if (i === count) break;
    const half = (run.trellis ^ run.expected) & 1;
    // A run ends after the symbol of what escapes.
    const symbol = rawBits > 0 ? decoder.take(table, half) % SYMBOLS : ESCAPE;
    const high = symbol === ESCAPE ? escaped(decoder) : symbol - LARGEST - 1;
    const whole = rawBits > 0 ? (high << rawBits) + decoder.takeBits(rawBits) : high;
    const number = (run.expected + 2 * whole + half) | 0;
    out[i++] = number;
    run.trellis = next[2 * run.trellis + ((number >> 1) & 1)]!;
    if (run.delta) run.expected = number;
  }
}

function escaped(decoder: RangeDecoder): number {
  const low = decoder.takeBits(8);
  const middle = decoder.takeBits(8);
  return decoder.takeBits(1) * 65_536 + middle * 256 + low - 2 * MOST;
}

/** The best of the tables around the one that expects residuals of this mean size. */
function bestScale(residuals: Int32Array): { scale: number; bits: number } {
  let size = 0;
  for (const residual of residuals) size += Math.abs(residual);
  size /= 2 * Math.max(1, residuals.length);
  const above = SCALE_TABLES.findIndex(({ meanSize }) => meanSize >= size);
  const guess = above < 0 ? SCALES - 1 : above;
  let best = { scale: guess, bits: costOf(residuals, SCALE_TABLES[guess]!) };
  for (const scale of [guess - 1, guess + 1]) {
    const table = SCALE_TABLES[scale];
    const bits = table ? costOf(residuals, table) : Number.POSITIVE_INFINITY;
    if (bits < best.bits) best = { scale, bits };
  }
  return best;
}

function costOf(residuals: Int32Array, { bits, rawBits }: ScaleTable): number {
  let sum = rawBits * residuals.length;
  for (const residual of residuals) {
    const symbol = symbolOf((residual >> 1) >> rawBits);
    sum += bits[(residual & 1) * SYMBOLS + symbol]! + (symbol === ESCAPE ? 17 : 0);
  }
  return sum;
}
