/**
 * The probabilities that residuals are coded with. A channel's quantised residuals are taken for samples of a symmetric
 * distribution of one of `SCALES` widths: halfway between Gauss and Laplace, which keys and values are. The tables are
 * computed, alike in writer and reader, and never stored.
 */

/** Bits of a probability: frequencies of a table sum up to 2^14. */
export const PROBABILITY_BITS = 14;
const TOTAL = 1 << PROBABILITY_BITS;

/** Residuals from −LARGEST to LARGEST have symbols of their own; symbol 0 stands for any other. */
export const LARGEST = 63;
export const SYMBOLS = 2 * LARGEST + 2;
export const ESCAPE = 0;

/** Widths, in quantisation steps: from 1/8 to 2^3.75, a quarter octave apart. */
const WIDTHS = 28;
const PER_OCTAVE = 4;
/** Then widths of up to 2^11.75: some low bits of a residual are as good as random there and are kept as they are. */
export const SCALES = 60;

/** For residuals of whole steps, then, SYMBOLS and 2^PROBABILITY_BITS farther, for those that lie half a step above (trellis.ts). */
export interface ScaleTable {
  /** [2 · SYMBOLS], each at least 1. */
  readonly frequency: Uint16Array;
  /** [2 · SYMBOLS], sums of the frequencies before. */
  readonly start: Uint16Array;
  /** [2 · 2^PROBABILITY_BITS], the symbol of each slot. */
  readonly symbolAt: Uint8Array;
  /** [2 · SYMBOLS], bits that coding one takes. */
  readonly bits: Float32Array;
  /** Mean size of residuals that have this distribution. */
  readonly meanSize: number;
  /** Low bits of a residual that are kept as they are; the symbol is of the rest. */
  readonly rawBits: number;
}

const PLAIN = Array.from({ length: WIDTHS }, (_, index) => tableOf(2 ** (index / PER_OCTAVE - 3)));

export const SCALE_TABLES: readonly ScaleTable[] = Array.from({ length: SCALES }, (_, index) => {
  const rawBits = Math.max(0, Math.ceil((index + 1 - WIDTHS) / PER_OCTAVE));
  const plain = PLAIN[index - PER_OCTAVE * rawBits]!;
  return { ...plain, rawBits, meanSize: plain.meanSize * 2 ** rawBits };
});

export function symbolOf(residual: number): number {
  return Math.abs(residual) > LARGEST ? ESCAPE : residual + LARGEST + 1;
}

function tableOf(width: number): Omit<ScaleTable, 'rawBits'> {
  const frequency = new Uint16Array(2 * SYMBOLS);
  const start = new Uint16Array(2 * SYMBOLS);
  const symbolAt = new Uint8Array(2 * TOTAL);
  for (const half of [0, 1]) {
    const weights = new Float64Array(SYMBOLS);
    weights[ESCAPE] = 1e-6;
    for (let residual = -LARGEST; residual <= LARGEST; residual++)
      weights[symbolOf(residual)] = mass(residual + half / 2, width);
    let sum = 0;
    for (const [i, count] of frequencies(weights).entries()) {
      const symbol = half * SYMBOLS + i;
      frequency[symbol] = count;
      start[symbol] = sum;
      symbolAt.fill(symbol, half * TOTAL + sum, half * TOTAL + sum + count);
      sum += count;
    }
  }
  return {
    frequency,
    start,
    symbolAt,
    bits: Float32Array.from(frequency, bitsOf),
    meanSize: meanSizeOf(frequency),
  };
}

function bitsOf(frequency: number): number {
  return PROBABILITY_BITS - Math.log2(frequency);
}

function meanSizeOf(frequency: Uint16Array): number {
  let sum = 0;
  for (let residual = -LARGEST; residual <= LARGEST; residual++)
    sum += Math.abs(residual) * frequency[symbolOf(residual)]!;
  return sum / TOTAL;
}

/** Of the interval that rounds to the residual. Sampled at nine points: smooth enough, and the same on every machine. */
function mass(residual: number, width: number): number {
  let sum = 0;
  for (let i = -4; i <= 4; i++) {
    const x = Math.abs(residual + i / 9) / width;
    sum += Math.exp(-(x ** 1.5) / 1.5);
  }
  return sum;
}

/** Whole numbers in proportion to the weights, none 0, which sum up to TOTAL. */
function frequencies(weights: Float64Array): Uint16Array {
  const sum = weights.reduce((a, b) => a + b, 0);
  const spare = TOTAL - weights.length;
  const out = Uint16Array.from(weights, (weight) => 1 + Math.floor((weight / sum) * spare));
  const middle = symbolOf(0);
  out[middle] = out[middle]! + TOTAL - out.reduce((a, b) => a + b, 0);
  return out;
}
