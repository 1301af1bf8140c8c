import { codeChannel, putChannel, takeChannel } from './channel-coder.ts';
import type { Factors } from './factors.ts';
import { RangeDecoder, RangeEncoder } from './range-coder.ts';
import { SCALES } from './scale-tables.ts';
import { SectionError } from './section.ts';
import { NO_TRELLIS } from './trellis.ts';

/** Steps from 0 to a factor's largest loading: finer ones save nothing that they do not cost. */
const STEPS = 24;
/** Of each factor: its step as float32, its table and how it is predicted along the channels. */
const FACTOR_BYTES = 5;

/** Each factor's step and table, then the length of the range coder's bytes as uint16, and those. */
export function encodeFactors({ loadings, rank }: Factors): Uint8Array {
  if (rank === 0) return new Uint8Array(0);
  const channels = loadings.length / rank;
  const head = new DataView(new ArrayBuffer(rank * FACTOR_BYTES + 2));
  const coded = Array.from({ length: rank }, (_, a) => {
    const own = loadings.subarray(a * channels, (a + 1) * channels);
    const step = Math.fround(own.reduce((most, each) => Math.max(most, Math.abs(each)), 0) / STEPS);
    const best = codeChannel(
      Int32Array.from(own, (each) => (step > 0 ? 2 * Math.round(each / step) : 0)),
      0,
    );
    head.setFloat32(a * FACTOR_BYTES, step, true);
    head.setUint8(a * FACTOR_BYTES + 4, (best.scale << 1) | best.delta);
    return best;
  });
  const encoder = new RangeEncoder();
  for (const factor of coded.reverse()) putChannel(encoder, factor);
  const body = encoder.finish();
  head.setUint16(rank * FACTOR_BYTES, body.length, true);
  return new Uint8Array(Buffer.concat([new Uint8Array(head.buffer), body]));
}

/** @throws SectionError when these are no factors */
export function decodeFactors(next: (count: number) => Uint8Array, rank: number, channels: number): Factors {
  const loadings = new Float32Array(rank * channels);
  if (rank === 0) return { loadings, rank };
  const bytes = next(rank * FACTOR_BYTES + 2);
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new RangeDecoder(next(head.getUint16(rank * FACTOR_BYTES, true)));
  const numbers = new Int32Array(channels);
  for (let a = 0; a < rank; a++) {
    const step = head.getFloat32(a * FACTOR_BYTES, true);
    const code = head.getUint8(a * FACTOR_BYTES + 4);
    if (code >> 1 >= SCALES || !Number.isFinite(step)) throw new SectionError('factors are damaged');
    takeChannel(
      decoder,
      { count: channels, mean: 0, delta: code & 1, scale: code >> 1, next: NO_TRELLIS },
      numbers,
    );
    numbers.forEach((each, i) => {
      loadings[a * channels + i] = (each >> 1) * step;
    });
  }
  if (!decoder.isAtEnd) throw new SectionError('factors are damaged');
  return { loadings, rank };
}
