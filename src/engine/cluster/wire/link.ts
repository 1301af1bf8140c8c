import type { Socket } from 'node:net';
import { Deadline } from './deadline.ts';
import { FrameReader } from './frame-reader.ts';
import {
  FIRST_FREE_TYPE,
  FRAME,
  HANDSHAKE_FRAME_BYTES,
  HEADER_BYTES,
  newFrame,
  paddedBytes,
  writeHeader,
} from './layout.ts';
import type { Inlet } from './inlet.ts';
import type { CloseListener, FrameListener, Limits } from './peer.ts';
import { decodeReason, encodeReason } from './reason.ts';
import type { WireErrorCode } from './wire-error.ts';
import { asWireError, malformed, WireError } from './wire-error.ts';

/** Parts up to this size are copied into one write; larger ones are written as they are. */
const COPIED_BYTES = 16 * 1024;
/** How long the farewell may take to go out. */
const FAREWELL_MS = 1_000;

/** Frames over one socket: reads, writes, keeps alive and closes. Knows nothing of hellos and proofs. */
export class Link {
  readonly remote: string;
  bytesSent = 0;
  bytesReceived = 0;
  readonly #socket: Socket;
  readonly #reader = new FrameReader(HANDSHAKE_FRAME_BYTES);
  readonly #limits: Limits;
  readonly #closeListeners: CloseListener[] = [];
  readonly #silence: Deadline;
  #listener: FrameListener | null = null;
  #why: WireError | null = null;
  #paused = false;
  #reading = false;
  #version = 0;
  #peerTakesBytes = HANDSHAKE_FRAME_BYTES;
  #pinger: NodeJS.Timeout | null = null;

  constructor(socket: Socket, limits: Limits) {
    this.#socket = socket;
    this.#limits = limits;
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}`;
    this.#silence = new Deadline(
      limits.keepalive.deadlineMs,
      () => this.bytesReceived,
      () => this.lose(new WireError('timeout', 'it does not answer any more')),
    );
    socket.setNoDelay(true);
    socket.setKeepAlive(true, limits.keepalive.idleMs);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.lose(new WireError('closed', error.message, { cause: error })));
    socket.on('end', () => this.lose(new WireError('closed', 'the other side closed the connection')));
    socket.on('close', () => this.lose(new WireError('closed', 'the connection closed')));
  }

  /** For a socket that reads into memory of its own and emits no data. */
  receiveFrom(inlet: Inlet): void {
    this.#reader.borrowed = true;
    inlet.take = (chunk) => {
      this.#receive(chunk);
      this.#reader.settle();
    };
  }

  get bytesQueued(): number {
    return this.#socket.writableLength;
  }

  get closed(): boolean {
    return this.#why !== null;
  }

  /** After the handshake: larger frames, of the agreed version, and pings. */
  open(version: number, peerTakesBytes: number): void {
    this.#version = version;
    this.#reader.version = version;
    this.#reader.maxPayloadBytes = this.#limits.maxPayloadBytes;
    this.#peerTakesBytes = peerTakesBytes;
    let seen = this.bytesReceived;
    this.#pinger = setInterval(() => {
      // Whoever does not read cannot tell silence.
      if (this.bytesReceived !== seen || this.#holds) this.#silence.disarm();
      else if (!this.#silence.armed) {
        this.#write(newFrame(FRAME.PING, 0));
        this.#silence.arm();
      }
      seen = this.bytesReceived;
    }, this.#limits.keepalive.idleMs).unref();
  }

  send(type: number, payload: Uint8Array | readonly Uint8Array[]): void {
    const parts = payload instanceof Uint8Array ? [payload] : payload;
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    this.#assertFits(bytes);
    if (bytes <= COPIED_BYTES) {
      const frame = newFrame(type, bytes);
      let at = HEADER_BYTES;
      for (const part of parts) {
        frame.set(part, at);
        at += part.length;
      }
      this.#write(frame);
      return;
    }
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    writeHeader(header, type, bytes);
    this.#socket.cork();
    this.#write(header);
    for (const part of parts) this.#writeRaw(part);
    this.#writeRaw(Buffer.alloc(paddedBytes(bytes) - bytes));
    this.#socket.uncork();
  }

  sendFrame(frame: Buffer): void {
    this.#assertFits(frame.readUInt32LE(0));
    this.#write(frame);
  }

  sendFrames(frames: readonly Buffer[]): void {
    let bytes = 0;
    for (const frame of frames) {
      this.#assertFits(frame.readUInt32LE(0));
      frame[6] = this.#version;
      bytes += frame.length;
    }
    // One goes out as it is: nothing is won by a copy.
    if (frames.length > 1 && bytes <= COPIED_BYTES) this.#writeRaw(Buffer.concat(frames, bytes));
    else for (const frame of frames) this.#writeRaw(frame);
  }

  onFrame(listener: FrameListener): void {
    this.#listener = listener;
    this.#flow();
    this.#read();
  }

  /** Frames wait for the next listener. */
  holdFrames(): void {
    this.#listener = null;
    this.#flow();
  }

  reusePayloads(): void {
    this.#reader.reuse = true;
  }

  onClose(listener: CloseListener): void {
    if (this.#why) listener(this.#why);
    else this.#closeListeners.push(listener);
  }

  pause(): void {
    this.#paused = true;
    this.#flow();
  }

  resume(): void {
    this.#paused = false;
    this.#flow();
    this.#read();
  }

  close(code: WireErrorCode = 'closed', why = 'it was closed here'): void {
    this.closeWith(FRAME.BYE, new WireError(code, why));
  }

  /** Sends the reason in a frame of this type, then ends. */
  closeWith(type: number, why: WireError): void {
    if (this.#why) return;
    this.#write(reasonFrame(type, why));
    this.#finish(why, () => {
      this.#socket.destroySoon();
      // An unread chunk would keep the end of the stream, and with it the socket, from coming.
      this.#socket.resume();
      setTimeout(() => this.#socket.destroy(), FAREWELL_MS).unref();
    });
  }

  /** Ends without a word. */
  lose(why: WireError): void {
    this.#finish(why, () => this.#socket.destroy());
  }

  #receive(chunk: Buffer): void {
    this.bytesReceived += chunk.length;
    if (this.#why) return;
    this.#reader.push(chunk);
    this.#read();
  }

  #finish(why: WireError, end: () => void): void {
    if (this.#why) return;
    this.#why = why;
    this.#silence.stop();
    if (this.#pinger) clearInterval(this.#pinger);
    end();
    for (const listener of this.#closeListeners) listener(why);
  }

  /** Not again from within a listener: frames keep their order. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#listener && !this.#paused && !this.#why && this.#reader.next())
        this.#take(this.#listener, this.#reader.type, this.#reader.payload);
    } catch (error) {
      this.closeWith(FRAME.BYE, asWireError(error));
    } finally {
      this.#reading = false;
    }
  }

  #take(listener: FrameListener, type: number, payload: Buffer): void {
    if (type >= FIRST_FREE_TYPE || this.#version === 0) listener(type, payload);
    else if (type === FRAME.PING) this.#write(newFrame(FRAME.PONG, 0));
    else if (type === FRAME.BYE) this.lose(decodeReason(payload));
    else if (type !== FRAME.PONG) throw malformed(`a frame of type ${type} after the handshake`);
  }

  get #holds(): boolean {
    return this.#paused || !this.#listener;
  }

  #flow(): void {
    if (this.#holds) {
      this.#silence.disarm();
      this.#socket.pause();
    } else this.#socket.resume();
  }

  #assertFits(bytes: number): void {
    if (bytes > this.#peerTakesBytes)
      throw new RangeError(`a frame of ${bytes} bytes, where the other side takes ${this.#peerTakesBytes}`);
  }

  #write(frame: Buffer): void {
    frame[6] = this.#version;
    this.#writeRaw(frame);
  }

  #writeRaw(bytes: Uint8Array): void {
    if (this.#why || bytes.length === 0) return;
    const queued = this.#socket.writableLength;
    if (queued > 0 && queued + bytes.length > this.#limits.maxQueuedBytes) {
      this.lose(
        new WireError('too_slow', `more than ${this.#limits.maxQueuedBytes} bytes wait for it to read`),
      );
      return;
    }
    this.bytesSent += bytes.length;
    this.#socket.write(bytes);
  }
}

function reasonFrame(type: number, why: WireError): Buffer {
  const payload = encodeReason(why);
  const frame = newFrame(type, payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}
