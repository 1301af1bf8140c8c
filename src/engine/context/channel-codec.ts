import { RangeDecoder, RangeEncoder } from './range-coder.ts';
import { ESCAPE, LARGEST, SCALE_TABLES, SCALES, type ScaleTable, symbolOf } from './scale-tables.ts';

/**
 * Compresses the keys or the values of one layer over some tokens (the idea of CacheGen, arXiv 2310.07240): every channel is
 * predicted, by its mean or by the token before, whichever leaves less; what is left is quantised in steps that are the same
 * for the whole layer, and entropy-coded with a table for the channel's own spread.
 */
export interface Section {
  /** [tokens, channels] */
  readonly values: Float32Array;
  readonly tokens: number;
  readonly channels: number;
  /** How many of the first tokens are kept exactly. */
  readonly exact: number;
}

/**
 * Tokens at the beginning of a text that are kept exactly (in bf16): all later ones look at them for want of anything better
 * (attention sinks, arXiv 2309.17453), so that their errors are everybody's.
 */
export const SINKS = 4;

/** Of each channel: its mean as float32, and a byte with how it is predicted (1 bit) and its table (5 bits). */
const CHANNEL_BYTES = 5;
const HEADER_BYTES = 4;
/** A residual this large is coded as if it were less: values of a cache are nowhere near. */
const MOST = 32_767;

export class SectionError extends Error {}

/**
 * @param step largest error times two, in the values' own unit
 * @returns the compressed section; the values within step / 2 of the given ones (but for residuals beyond 32,767 steps)
 */
export function encodeSection(section: Section, step: number): Uint8Array {
  const { channels, exact } = section;
  const head = new DataView(new ArrayBuffer(headBytes(channels, exact)));
  head.setFloat32(0, step, true);
  const unit = head.getFloat32(0, true);
  for (let i = 0; i < exact * channels; i++)
    head.setUint16(HEADER_BYTES + 2 * i, toBf16(section.values[i]!), true);
  const coded = Array.from({ length: channels }, (_, channel) => {
    const column = columnOf(section, channel);
    const mean = Math.fround(meanOf(column));
    const best = cheaper(quantise(column, mean, unit, 0), quantise(column, mean, unit, 1));
    const at = channelAt(channels, exact, channel);
    head.setFloat32(at, mean, true);
    head.setUint8(at + 4, (best.delta << 5) | best.scale);
    return best;
  });
  const encoder = new RangeEncoder();
  for (const { residuals, scale } of coded.reverse()) putAll(encoder, residuals, SCALE_TABLES[scale]!);
  const body = encoder.finish();
  const out = new Uint8Array(head.byteLength + body.length);
  out.set(new Uint8Array(head.buffer));
  out.set(body, head.byteLength);
  return out;
}

/** @returns [tokens, channels] @throws SectionError when these are no bytes of such a section */
export function decodeSection(
  bytes: Uint8Array,
  { tokens, channels, exact }: Omit<Section, 'values'>,
): Float32Array {
  const before = headBytes(channels, exact);
  if (bytes.length < before + 4) throw new SectionError(`${bytes.length} bytes are too few for a section`);
  const head = new DataView(bytes.buffer, bytes.byteOffset, before);
  const step = head.getFloat32(0, true);
  const decoder = new RangeDecoder(bytes.subarray(before));
  const values = new Float32Array(tokens * channels);
  for (let i = 0; i < exact * channels; i++) values[i] = fromBf16(head.getUint16(HEADER_BYTES + 2 * i, true));
  for (let channel = 0; channel < channels; channel++) {
    const at = channelAt(channels, exact, channel);
    const mean = head.getFloat32(at, true);
    const code = head.getUint8(at + 4);
    const table = SCALE_TABLES[code & 31]!;
    const delta = code >> 5;
    let whole = 0;
    for (let token = exact; token < tokens; token++) {
      const symbol = decoder.take(table);
      const residual = symbol === ESCAPE ? escaped(decoder) : symbol - LARGEST - 1;
      whole = delta === 1 ? whole + residual : residual;
      values[token * channels + channel] = mean + whole * step;
    }
  }
  if (!decoder.isAtEnd) throw new SectionError('the compressed values are damaged');
  return values;
}

/** The step, the exact tokens, then the channels. */
function headBytes(channels: number, exact: number): number {
  return channelAt(channels, exact, channels);
}

function channelAt(channels: number, exact: number, channel: number): number {
  return HEADER_BYTES + 2 * exact * channels + channel * CHANNEL_BYTES;
}

const bits = new Uint32Array(1);
const number = new Float32Array(bits.buffer);

function toBf16(value: number): number {
  number[0] = value;
  const whole = bits[0]!;
  return (whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16;
}

function fromBf16(half: number): number {
  bits[0] = half << 16;
  return number[0]!;
}

/** Root mean square of what is left of the values that are not kept exactly, when every channel's mean is taken off. */
export function spread(section: Section): number {
  const { tokens, channels, exact } = section;
  let squares = 0;
  for (let channel = 0; channel < channels; channel++) {
    const column = columnOf(section, channel);
    const mean = meanOf(column);
    for (const value of column) squares += (value - mean) ** 2;
  }
  return Math.sqrt(squares / Math.max(1, (tokens - exact) * channels));
}

/** Of the tokens that are not kept exactly. */
function columnOf({ values, tokens, channels, exact }: Section, channel: number): Float32Array {
  const column = new Float32Array(tokens - exact);
  for (let token = exact; token < tokens; token++)
    column[token - exact] = values[token * channels + channel]!;
  return column;
}

function meanOf(column: Float32Array): number {
  let sum = 0;
  for (const value of column) sum += value;
  return sum / Math.max(1, column.length);
}

interface Coded {
  readonly residuals: Int32Array;
  /** 1: each is the difference to the token before, 0: to the mean. */
  readonly delta: 0 | 1;
  readonly scale: number;
  readonly bits: number;
}

/** Both predictions round the same multiples of the step, so an error never adds up along the tokens. */
function quantise(column: Float32Array, mean: number, step: number, delta: 0 | 1): Coded {
  const residuals = new Int32Array(column.length);
  let before = 0;
  for (let token = 0; token < column.length; token++) {
    const whole = step > 0 ? Math.round((column[token]! - mean) / step) : 0;
    const residual = Math.max(-MOST, Math.min(MOST, whole - before));
    residuals[token] = residual;
    if (delta === 1) before += residual;
  }
  return { residuals, delta, ...bestScale(residuals) };
}

function cheaper(a: Coded, b: Coded): Coded {
  return b.bits < a.bits ? b : a;
}

/** Takes the best of the tables around the one that expects residuals of this mean size. */
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

function costOf(residuals: Int32Array, { bits }: ScaleTable): number {
  let sum = 0;
  for (const residual of residuals) {
    const symbol = symbolOf(residual);
    sum += bits[symbol]! + (symbol === ESCAPE ? 16 : 0);
  }
  return sum;
}

function putAll(encoder: RangeEncoder, residuals: Int32Array, table: ScaleTable): void {
  for (let i = residuals.length - 1; i >= 0; i--) {
    const residual = residuals[i]!;
    const symbol = symbolOf(residual);
    if (symbol === ESCAPE) {
      const raw = residual + MOST + 1;
      encoder.putByte(raw >>> 8);
      encoder.putByte(raw & 255);
    }
    encoder.put(table, symbol);
  }
}

function escaped(decoder: RangeDecoder): number {
  const low = decoder.takeByte();
  return decoder.takeByte() * 256 + low - MOST - 1;
}
