import type { KvShape, Partials } from '../../../ports.ts';
import type { FrameSpace } from '../frame-space.ts';
import { FRAME, HEADER_BYTES, newFrame } from '../layout.ts';
import { malformed } from '../wire-error.ts';

/** Every data frame but BEGIN starts with two numbers: step and layer, or request and block. */
export const PREFIX_BYTES = 8;
const DATA_AT = HEADER_BYTES + PREFIX_BYTES;

function prefixed(
  type: number,
  first: number,
  second: number,
  dataBytes: number,
  space: FrameSpace | null = null,
): Buffer {
  const payloadBytes = PREFIX_BYTES + dataBytes;
  const frame = space ? space.take(type, payloadBytes) : newFrame(type, payloadBytes);
  frame.writeUInt32LE(first, HEADER_BYTES);
  frame.writeUInt32LE(second, HEADER_BYTES + 4);
  return frame;
}

function bytesOf(array: Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A frame of the prefix alone: END, ENDED, READ, WRITTEN. */
export function prefixFrame(type: number, first: number, second: number): Buffer {
  return prefixed(type, first, second, 0);
}

export function attendFrame(
  step: number,
  layer: number,
  q: Float32Array,
  space: FrameSpace | null = null,
): Buffer {
  const frame = prefixed(FRAME.ATTEND, step, layer, q.byteLength, space);
  frame.set(bytesOf(q), DATA_AT);
  return frame;
}

export function appendFrame(step: number, layer: number, k: Float32Array, v: Float32Array): Buffer {
  const frame = prefixed(FRAME.APPEND, step, layer, k.byteLength + v.byteLength);
  frame.set(bytesOf(k), DATA_AT);
  frame.set(bytesOf(v), DATA_AT + k.byteLength);
  return frame;
}

export function partialsFrame(
  step: number,
  layer: number,
  { m, e, ma }: Partials,
  space: FrameSpace | null = null,
): Buffer {
  const frame = prefixed(FRAME.PARTIALS, step, layer, m.byteLength + e.byteLength + ma.byteLength, space);
  frame.set(bytesOf(m), DATA_AT);
  frame.set(bytesOf(e), DATA_AT + m.byteLength);
  frame.set(bytesOf(ma), DATA_AT + m.byteLength + e.byteLength);
  return frame;
}

/** BLOCK or WRITE. */
export function blockFrame(type: number, request: number, block: number, bytes: Uint8Array): Buffer {
  const frame = prefixed(type, request, block, bytes.length);
  frame.set(bytes, DATA_AT);
  return frame;
}

/** @throws WireError `malformed` when there is no prefix */
export function assertPrefix(payload: Buffer): void {
  if (payload.length < PREFIX_BYTES) throw malformed('a data frame that is too short');
}

/** Numbers in place. @throws WireError `malformed` when there are not as many */
export function floatsIn(payload: Buffer, count: number): Float32Array {
  const bytes = payload.length - PREFIX_BYTES;
  if (bytes !== 4 * count) throw malformed(`${bytes} bytes where ${4 * count} belong`);
  return new Float32Array(payload.buffer, payload.byteOffset + PREFIX_BYTES, count);
}

/** In place. */
export function partialsIn(payload: Buffer, rows: number, { heads, headDim }: KvShape): Partials {
  const each = rows * heads;
  const all = floatsIn(payload, each * (2 + headDim));
  return { m: all.subarray(0, each), e: all.subarray(each, 2 * each), ma: all.subarray(2 * each) };
}
