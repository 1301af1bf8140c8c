import { HEADER_BYTES, paddedBytes } from './layout.ts';
import { malformed } from './wire-error.ts';

const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream of bytes, which comes in chunks of any size, into frames. Chunks are never written to, so a payload
 * stays valid (but see `reuse`); its first byte lies at a multiple of 8 of its ArrayBuffer.
 */
export class FrameReader {
  /** Of the frame that `next` found. */
  type = 0;
  payload: Buffer = EMPTY;
  /** Larger payloads are an error. */
  maxPayloadBytes: number;
  /** Frames of another version are an error. */
  version = 0;

  /** Payloads that came in several chunks are valid until the next call of `next` only. */
  reuse = false;

  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  #body: Buffer | null = null;
  #spare: Buffer = EMPTY;
  #bodyFilled = 0;
  #bodyBytes = 0;
  readonly #chunks: Buffer[] = [];
  #at = 0;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  /** Chunks are the caller's memory, which it writes again after `settle`: payloads are copied out of them. */
  borrowed = false;

  /** Makes what was not read yet independent of the chunk that came last. */
  settle(): void {
    const last = this.#chunks.length - 1;
    const chunk = this.#chunks[last];
    if (!chunk) return;
    this.#chunks[last] = Buffer.from(last === 0 ? chunk.subarray(this.#at) : chunk);
    if (last === 0) this.#at = 0;
  }

  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /**
   * Whether there was a whole frame; then `type` and `payload` are its.
   * @throws WireError `malformed`; the rest of the stream means nothing then
   */
  next(): boolean {
    for (;;) {
      const chunk = this.#chunks[0];
      if (!chunk) return false;
      if (this.#body) {
        if (this.#fillBody(chunk, this.#body)) return true;
      } else if (this.#headerFilled > 0 || chunk.length - this.#at < HEADER_BYTES) {
        if (this.#fillHeader(chunk) && this.#startBody(this.#header, 0)) return true;
      } else if (this.#takeWhole(chunk)) {
        return true;
      }
    }
  }

  /** The usual case: the frame lies in one chunk. */
  #takeWhole(chunk: Buffer): boolean {
    const start = this.#at + HEADER_BYTES;
    const bytes = this.#readHeader(chunk, this.#at);
    const end = start + paddedBytes(bytes);
    if (end > chunk.length) {
      const whole = this.#startBody(chunk, this.#at);
      this.#advance(chunk, HEADER_BYTES);
      return whole;
    }
    const payload = chunk.subarray(start, start + bytes);
    this.payload = !this.borrowed && (payload.byteOffset & 7) === 0 ? payload : ownCopy(payload);
    this.#advance(chunk, end - this.#at);
    return true;
  }

  #fillHeader(chunk: Buffer): boolean {
    const bytes = Math.min(HEADER_BYTES - this.#headerFilled, chunk.length - this.#at);
    chunk.copy(this.#header, this.#headerFilled, this.#at, this.#at + bytes);
    this.#headerFilled += bytes;
    this.#advance(chunk, bytes);
    if (this.#headerFilled < HEADER_BYTES) return false;
    this.#headerFilled = 0;
    return true;
  }

  /** True when the payload is empty, so that the frame is there. */
  #startBody(header: Buffer, at: number): boolean {
    const bytes = this.#readHeader(header, at);
    this.payload = EMPTY;
    if (bytes === 0) return true;
    this.#body = this.#memory(paddedBytes(bytes));
    this.#bodyFilled = 0;
    this.#bodyBytes = bytes;
    return false;
  }

  #fillBody(chunk: Buffer, body: Buffer): boolean {
    const bytes = Math.min(body.length - this.#bodyFilled, chunk.length - this.#at);
    chunk.copy(body, this.#bodyFilled, this.#at, this.#at + bytes);
    this.#bodyFilled += bytes;
    this.#advance(chunk, bytes);
    if (this.#bodyFilled < body.length) return false;
    this.payload = body.subarray(0, this.#bodyBytes);
    this.#body = null;
    return true;
  }

  #memory(bytes: number): Buffer {
    if (!this.reuse) return Buffer.allocUnsafeSlow(bytes);
    if (this.#spare.length < bytes) this.#spare = Buffer.allocUnsafeSlow(bytes);
    return this.#spare.subarray(0, bytes);
  }

  #readHeader(header: Buffer, at: number): number {
    const bytes = header.readUInt32LE(at);
    if (header[at + 7] !== 0) throw malformed('these are not frames of this protocol');
    if (header[at + 6] !== this.version)
      throw malformed(`a frame of version ${header[at + 6]} where ${this.version} was agreed`);
    if (bytes > this.maxPayloadBytes)
      throw malformed(`a frame of ${bytes} bytes is announced, more than ${this.maxPayloadBytes}`);
    this.type = header.readUInt16LE(at + 4);
    return bytes;
  }

  #advance(chunk: Buffer, bytes: number): void {
    this.#at += bytes;
    if (this.#at < chunk.length) return;
    this.#chunks.shift();
    this.#at = 0;
  }
}

function ownCopy(payload: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(payload.length);
  payload.copy(copy);
  return copy;
}
