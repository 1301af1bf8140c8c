import { codeChannel, meanOf, MOST, putChannel, takeChannel } from './channel-coder.ts';
import { RangeDecoder, RangeEncoder } from './range-coder.ts';
import { SCALES } from './scale-tables.ts';

/**
 * Keys and values of one layer's group of heads over some tokens, compressed: every channel is predicted by those before it
 * (relations.ts), what is left is quantised, predicted along the tokens, and entropy-coded with a table for the channel's own
 * spread (as CacheGen does, arXiv 2310.07240). Little-endian:
 *
 *     steps                 float32 for each run of `headDim` channels
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

/**
 * @param steps largest error times two, of each run of `headDim` channels
 * @param exact tokens to be left out, ascending: whoever calls keeps them otherwise
 */
export function encodeSection(
  section: Section,
  mixing: Mixing,
  steps: readonly number[],
  exact: readonly number[],
): Uint8Array {
  const { tokens, channels, headDim } = section;
  const units = Float32Array.from(steps);
  const kept = keptTokens(tokens, exact);
  const head = new DataView(new ArrayBuffer(headBytes(channels, headDim, exact.length)));
  units.forEach((unit, i) => head.setFloat32(4 * i, unit, true));
  head.setUint16(4 * units.length, exact.length, true);
  exact.forEach((token, i) => head.setUint16(4 * units.length + 2 + 2 * i, token, true));
  const wholes = quantised(section, mixing, units, kept);
  const coded = wholes.map((whole, channel) => {
    const mean = meanOf(whole);
    const best = codeChannel(whole, mean);
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

/** @throws SectionError when these are no bytes of such a section */
export function decodeSection(
  bytes: Uint8Array,
  { tokens, channels, headDim }: Omit<Section, 'values'>,
): DecodedSection {
  const runs = channels / headDim;
  if (bytes.length < 4 * runs + 2) throw new SectionError('a section ends too early');
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = head.getUint16(4 * runs, true);
  const before = headBytes(channels, headDim, count);
  if (count > tokens || bytes.length < before + 4) throw new SectionError('a section ends too early');
  const exact = Array.from({ length: count }, (_, i) => head.getUint16(4 * runs + 2 + 2 * i, true));
  if (exact.some((token, i) => token >= tokens || token <= (exact[i - 1] ?? -1)))
    throw new SectionError('a section names tokens that it does not have');
  const kept = keptTokens(tokens, exact);
  const decoder = new RangeDecoder(bytes.subarray(before));
  const news = new Float32Array(tokens * channels);
  const whole = new Int32Array(kept.length);
  for (let channel = 0; channel < channels; channel++) {
    const at = before - CHANNEL_BYTES * (channels - channel);
    const code = head.getUint8(at + 2);
    if (code >> 1 >= SCALES) throw new SectionError('a section names a table that does not exist');
    const mean = head.getInt16(at, true);
    takeChannel(decoder, { count: kept.length, mean, delta: code & 1, scale: code >> 1 }, whole);
    const step = head.getFloat32(4 * Math.floor(channel / headDim), true);
    for (let i = 0; i < kept.length; i++) news[channel * tokens + kept[i]!] = whole[i]! * step;
  }
  if (!decoder.isAtEnd) throw new SectionError('the compressed values are damaged');
  return { news, exact };
}

/** Steps and exact tokens, then the channels. */
function headBytes(channels: number, headDim: number, exact: number): number {
  return (4 * channels) / headDim + 2 + 2 * exact + CHANNEL_BYTES * channels;
}

function keptTokens(tokens: number, exact: readonly number[]): Int32Array {
  const left = new Set(exact);
  return Int32Array.from({ length: tokens }, (_, token) => token).filter((token) => !left.has(token));
}

/**
 * Channel after channel, what the reader's values of the channels before do not tell, as whole steps. The prediction is from
 * what the reader will have, so an error stays within half a step and never adds up.
 */
function quantised(
  { values, channels, headDim }: Section,
  mixing: Mixing,
  units: Float32Array,
  kept: Int32Array,
): Int32Array[] {
  const wholes: Int32Array[] = [];
  const news: Float32Array[] = [];
  const left = new Float32Array(kept.length);
  for (let channel = 0; channel < channels; channel++) {
    const step = units[Math.floor(channel / headDim)]!;
    for (let i = 0; i < kept.length; i++) left[i] = values[kept[i]! * channels + channel]!;
    if (mixing) takeExpected(left, news, mixing.subarray(channel * channels, channel * channels + channel));
    const whole = new Int32Array(kept.length);
    if (step > 0)
      for (let i = 0; i < left.length; i++)
        whole[i] = Math.max(-MOST, Math.min(MOST, Math.round(left[i]! / step)));
    wholes.push(whole);
    news.push(Float32Array.from(whole, (each) => each * step));
  }
  return wholes;
}

/** Four channels at once: `left` is read and written less often. */
function takeExpected(left: Float32Array, news: readonly Float32Array[], by: Float32Array): void {
  const none = new Float32Array(left.length);
  for (let at = 0; at < news.length; at += 4) {
    const [a, b, c, d] = [news[at]!, news[at + 1] ?? none, news[at + 2] ?? none, news[at + 3] ?? none];
    const [ma, mb, mc, md] = [by[at]!, by[at + 1] ?? 0, by[at + 2] ?? 0, by[at + 3] ?? 0];
    for (let i = 0; i < left.length; i++) left[i]! -= ma * a[i]! + mb * b[i]! + mc * c[i]! + md * d[i]!;
  }
}
