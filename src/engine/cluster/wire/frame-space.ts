import { HEADER_BYTES, newFrame, paddedBytes, writeHeader } from './layout.ts';

/** Below this, memory comes from Node.js's pool and costs nothing. */
const LARGE_BYTES = 4096;

/**
 * Memory for one sender's large frames. It is used again once a frame went out at once, as most do: fresh memory of this
 * size costs more than what is copied into it.
 */
export class FrameSpace {
  #memory: Buffer = Buffer.alloc(0);
  #free = true;

  /** Like `newFrame`. */
  take(type: number, payloadBytes: number): Buffer {
    const bytes = HEADER_BYTES + paddedBytes(payloadBytes);
    if (bytes < LARGE_BYTES) return newFrame(type, payloadBytes);
    if (!this.#free || this.#memory.length < bytes) this.#memory = Buffer.allocUnsafeSlow(bytes);
    this.#free = false;
    const frame = this.#memory.subarray(0, bytes);
    writeHeader(frame, type, payloadBytes);
    if ((payloadBytes & 7) !== 0) frame.fill(0, HEADER_BYTES + payloadBytes);
    return frame;
  }

  /** Everything that was taken has gone out. */
  release(): void {
    this.#free = true;
  }
}
