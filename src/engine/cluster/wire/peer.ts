import type { Hello } from './hello.ts';
import type { WireError, WireErrorCode } from './wire-error.ts';

/** The other side of a connection that has proved itself. */
export interface Peer {
  /** What it said of itself. */
  readonly hello: Hello;
  /** Its address, for logs. */
  readonly remote: string;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** What was sent and has not gone out yet. */
  readonly bytesQueued: number;
  readonly closed: boolean;
  /**
   * Sends one frame. Its parts must not change afterwards. When more is waiting to go out than the limit, the peer is
   * closed as `too_slow`. Does nothing once closed.
   * @param type FIRST_FREE_TYPE or more
   * @throws RangeError for a payload larger than the other side takes
   */
  send(type: number, payload: Uint8Array | readonly Uint8Array[]): void;
  /** Sends what `newFrame` made and the caller filled: one write, no copy. */
  sendFrame(frame: Buffer): void;
  /** Sends what `newFrame` made, small ones together: the other side wakes up once. */
  sendFrames(frames: readonly Buffer[]): void;
  /**
   * Frames that came before wait for the listener. Payloads stay valid and start at a multiple of 8 of their
   * ArrayBuffer. What the listener throws closes this peer, and nothing else.
   */
  onFrame(listener: FrameListener): void;
  /**
   * From now on a payload is valid only until the listener returns or, when that paused the peer, until it is resumed:
   * the memory of large ones is used again.
   */
  reusePayloads(): void;
  /** Called once, with the reason; at once when it is closed already. */
  onClose(listener: CloseListener): void;
  /** Stops reading: frames wait, here and then at the sender. */
  pause(): void;
  resume(): void;
  /** Tells the other side why, and ends. */
  close(code?: WireErrorCode, why?: string): void;
}

export type FrameListener = (type: number, payload: Buffer) => void;
export type CloseListener = (why: WireError) => void;

export interface Limits {
  /** Largest payload taken. */
  readonly maxPayloadBytes: number;
  /** Most bytes that may wait to go out. */
  readonly maxQueuedBytes: number;
  /** How long a peer may be silent before it is asked, and then before it is given up. */
  readonly keepalive: { readonly idleMs: number; readonly deadlineMs: number };
  readonly handshakeTimeoutMs: number;
}

export const CONTROL_LIMITS: Limits = {
  maxPayloadBytes: 4 * 1024 ** 2,
  maxQueuedBytes: 16 * 1024 ** 2,
  keepalive: { idleMs: 5_000, deadlineMs: 10_000 },
  handshakeTimeoutMs: 5_000,
};

/** A runner's thread answers between two layers only, so its silences are long. */
export const DATA_LIMITS: Limits = {
  maxPayloadBytes: 64 * 1024 ** 2,
  maxQueuedBytes: 256 * 1024 ** 2,
  keepalive: { idleMs: 20_000, deadlineMs: 60_000 },
  handshakeTimeoutMs: 10_000,
};
