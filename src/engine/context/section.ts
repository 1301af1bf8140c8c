import { codeChannel, meanOf, MOST, putChannel, takeChannel } from './channel-coder.ts';
import type { Products } from './products.ts';
import { RangeDecoder, RangeEncoder } from './range-coder.ts';
import { SCALES } from './scale-tables.ts';
import { NEXT_STATE, openTrellis } from './trellis.ts';
import { putSteps, type SectionSteps, stepBytes, takeSteps } from './section-steps.ts';

/**
 * Keys and values of one layer's group of heads over some tokens, compressed: every channel is predicted by those before it
 * (relations.ts), what is left is quantised, predicted along the tokens, and entropy-coded with a table for the channel's own
 * spread (as CacheGen does, arXiv 2310.07240). Little-endian:
 *
 *     steps                 section-steps.ts
 *     exact tokens          uint16 count, then of each its index as uint16
 *     of each channel       int16 its mean in steps; a byte, its table times two and how it is predicted along the tokens
 *     the range coder's bytes
 */
export interface Section {
  /** [tokens, channels] */
  readonly values: Float32Array;
  readonly tokens: number;
  readonly channels: number;
  readonly headDim: number;
}

/** Of the same section, how the channels are related: [channels, channels], lower triangular, ones on the diagonal. */
export type Mixing = Float32Array | null;

export interface DecodedSection {
  /** News of the channels, [channels, tokens]; values are the relations times these. Zeros for exact tokens. */
  readonly news: Float32Array;
  readonly exact: readonly number[];
}

export class SectionError extends Error {}

const CHANNEL_BYTES = 3;
/** Channels that are predicted from all before by one product; among themselves, one after the other. */
const AT_ONCE = 32;

/**
 * @param steps largest errors
 * @param exact tokens to be left out, ascending: whoever calls keeps them otherwise
 */
export function encodeSection(
  section: Section,
  mixing: Mixing,
  steps: SectionSteps,
  exact: readonly number[],
  turned: Products['turned'],
): Uint8Array {
  const { tokens, channels, headDim } = section;
  const kept = keptTokens(tokens, exact);
  const head = new DataView(new ArrayBuffer(headBytes(channels, headDim, exact.length)));
  putSteps(head, steps);
  const after = stepBytes(channels, headDim);
  head.setUint16(after, exact.length, true);
  exact.forEach((token, i) => head.setUint16(after + 2 + 2 * i, token, true));
  // As the reader will have them.
  const units = takeSteps(head, channels, headDim);
  const numbers = quantised(section, mixing, units, kept, turned);
  const coded = numbers.map((own, channel) => {
    const mean = meanOf(own);
    const best = codeChannel(own, mean);
    const at = head.byteLength - CHANNEL_BYTES * (channels - channel);
    head.setInt16(at, mean, true);
    head.setUint8(at + 2, (best.scale << 1) | best.delta);
    return best;
  });
  const encoder = new RangeEncoder();
  for (const channel of coded.reverse()) putChannel(encoder, channel);
  const body = encoder.finish();
  const out = new Uint8Array(head.byteLength + body.length);
  out.set(new Uint8Array(head.buffer));
  out.set(body, head.byteLength);
  return out;
}

/**
 * @param room for the news; a buffer for each section would be most of what is thrown away while a context is loaded
 * @throws SectionError when these are no bytes of such a section
 */
export function decodeSection(
  bytes: Uint8Array,
  { tokens, channels, headDim }: Omit<Section, 'values'>,
  room?: Float32Array,
): DecodedSection {
  const after = stepBytes(channels, headDim);
  if (bytes.length < after + 2) throw new SectionError('a section ends too early');
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = head.getUint16(after, true);
  const before = headBytes(channels, headDim, count);
  if (count > tokens || bytes.length < before + 4) throw new SectionError('a section ends too early');
  const exact = Array.from({ length: count }, (_, i) => head.getUint16(after + 2 + 2 * i, true));
  if (exact.some((token, i) => token >= tokens || token <= (exact[i - 1] ?? -1)))
    throw new SectionError('a section names tokens that it does not have');
  const kept = keptTokens(tokens, exact);
  const steps = takeSteps(head, channels, headDim);
  const decoder = new RangeDecoder(bytes.subarray(before));
  const news = room?.subarray(0, tokens * channels) ?? new Float32Array(tokens * channels);
  if (count > 0) news.fill(0);
  const numbers = new Int32Array(kept.length);
  for (let channel = 0; channel < channels; channel++) {
    const at = before - CHANNEL_BYTES * (channels - channel);
    const code = head.getUint8(at + 2);
    if (code >> 1 >= SCALES) throw new SectionError('a section names a table that does not exist');
    const mean = head.getInt16(at, true);
    takeChannel(
      decoder,
      { count: kept.length, mean, delta: code & 1, scale: code >> 1, next: NEXT_STATE },
      numbers,
    );
    const half = steps[channel]! / 2;
    const first = channel * tokens;
    if (kept.length === tokens) for (let i = 0; i < tokens; i++) news[first + i] = numbers[i]! * half;
    else for (let i = 0; i < kept.length; i++) news[first + kept[i]!] = numbers[i]! * half;
  }
  if (!decoder.isAtEnd) throw new SectionError('the compressed values are damaged');
  return { news, exact };
}

/** Steps and exact tokens, then the channels. */
function headBytes(channels: number, headDim: number, exact: number): number {
  return stepBytes(channels, headDim) + 2 + 2 * exact + CHANNEL_BYTES * channels;
}

function keptTokens(tokens: number, exact: readonly number[]): Int32Array {
  const left = new Set(exact);
  return Int32Array.from({ length: tokens }, (_, token) => token).filter((token) => !left.has(token));
}

/**
 * Channel after channel, what the reader's values of the channels before do not tell, in half steps. The prediction is from
 * what the reader will have, so an error stays within a step and never adds up.
 */
function quantised(
  { values, channels }: Section,
  mixing: Mixing,
  units: Float32Array,
  kept: Int32Array,
  turned: Products['turned'],
): Int32Array[] {
  const count = kept.length;
  const news = new Float32Array(channels * count);
  const left = new Float32Array(count);
  const numbers: Int32Array[] = [];
  const trellis = openTrellis(count);
  let expected: Float32Array = new Float32Array(0);
  for (let channel = 0; channel < channels; channel++) {
    const within = channel % AT_ONCE;
    const first = channel - within;
    if (within === 0 && mixing && first > 0 && count > 0)
      expected = turned(news.subarray(0, first * count), rowsOf(mixing, channels, first), first);
    const width = Math.min(AT_ONCE, channels - first);
    for (let i = 0; i < count; i++)
      left[i] = values[kept[i]! * channels + channel]! - (expected[i * width + within] ?? 0);
    for (let other = first; mixing && other < channel; other++) {
      const by = mixing[channel * channels + other]!;
      for (let i = 0, at = other * count; i < count; i++, at++) left[i]! -= by * news[at]!;
    }
    const step = units[channel]!;
    const own = trellis.quantise(left, step, 2 * MOST);
    for (let i = 0, at = channel * count; i < count; i++, at++) news[at] = (own[i]! * step) / 2;
    numbers.push(own);
  }
  return numbers;
}

/** What the channels before `first` tell of those from it on: [AT_ONCE or what is left, first]. */
function rowsOf(mixing: Float32Array, channels: number, first: number): Float32Array {
  const rows = Math.min(AT_ONCE, channels - first);
  const out = new Float32Array(rows * first);
  for (let row = 0; row < rows; row++) {
    const at = (first + row) * channels;
    out.set(mixing.subarray(at, at + first), row * first);
  }
  return out;
}
