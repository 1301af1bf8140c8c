import type { RangeDecoder, RangeEncoder } from './range-coder.ts';
import { ESCAPE, LARGEST, SCALE_TABLES, SCALES, type ScaleTable, symbolOf } from './scale-tables.ts';

/** A whole number this large is coded as if it were less: values of a cache are nowhere near. */
export const MOST = 32_767;
/** From a residual to its symbol. */
const OFFSET = LARGEST + 1;

/** The whole numbers of one channel, ready to be coded. */
export interface CodedChannel {
  readonly residuals: Int32Array;
  /** 1: each is the difference to the token before, 0: to the mean. */
  readonly delta: 0 | 1;
  readonly scale: number;
}

export function meanOf(whole: Int32Array): number {
  let sum = 0;
  for (const each of whole) sum += each;
  return Math.round(sum / Math.max(1, whole.length));
}

/** Predicts by the mean or by the token before, whichever leaves less. */
export function codeChannel(whole: Int32Array, mean: number): CodedChannel {
  const toMean = whole.map((each) => each - mean);
  const toBefore = whole.map((each, token) => each - (token > 0 ? whole[token - 1]! : mean));
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
    const high = residuals[i]! >> rawBits;
    const symbol = symbolOf(high);
    if (rawBits > 0) encoder.putBits(residuals[i]! & ((1 << rawBits) - 1), rawBits);
    if (symbol === ESCAPE) {
      const raw = high + 2 * MOST;
      encoder.putBits(raw >>> 16, 1);
      encoder.putBits((raw >>> 8) & 255, 8);
      encoder.putBits(raw & 255, 8);
    }
    encoder.put(table, symbol);
  }
}

/** Writes the whole numbers of the channel to `out`, in order. */
export function takeChannel(
  decoder: RangeDecoder,
  { count, mean, delta, scale }: { count: number; mean: number; delta: number; scale: number },
  out: Int32Array,
): void {
  const table = SCALE_TABLES[scale]!;
  const { rawBits } = table;
  // First residuals, in symbols: OFFSET above what they are.
  if (rawBits > 0)
    for (let i = 0; i < count; i++) {
      const symbol = decoder.take(table);
      const high = symbol === ESCAPE ? escaped(decoder) : symbol - OFFSET;
      out[i] = (high << rawBits) + decoder.takeBits(rawBits) + OFFSET;
    }
  else
    for (let i = 0; i < count; ) {
      i = decoder.takeRun(table, out, i, count, ESCAPE);
      if (out[i - 1] === ESCAPE) out[i - 1] = escaped(decoder) + OFFSET;
    }
  if (delta === 0) for (let i = 0; i < count; i++) out[i] = out[i]! + mean - OFFSET;
  else for (let i = 0, before = mean; i < count; i++) out[i] = before += out[i]! - OFFSET;
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
  size /= Math.max(1, residuals.length);
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
    const symbol = symbolOf(residual >> rawBits);
    sum += bits[symbol]! + (symbol === ESCAPE ? 17 : 0);
  }
  return sum;
}
