import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { FrameReader } from '../frame-reader.ts';
import { encodeHello, type Hello } from '../hello.ts';
import { FRAME, HEADER_BYTES, newFrame } from '../layout.ts';
import { proofOf } from '../proof.ts';

export interface RawFrame {
  readonly type: number;
  readonly payload: Buffer;
}

/** A socket that says what a test wants, right or wrong. */
export class RawClient {
  readonly socket: Socket;
  readonly frames: RawFrame[] = [];
  readonly #reader = new FrameReader(2 ** 26);
  readonly #changed: (() => void)[] = [];
  #closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      // Once open, frames are of version 1; the handshake's are of 0.
      for (const version of [0, 1]) {
        this.#reader.version = version;
        try {
          while (this.#reader.next())
            this.frames.push({ type: this.#reader.type, payload: this.#reader.payload });
        } catch {}
      }
      this.#wake();
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  send(type: number, payload: Uint8Array, version = 0): void {
    this.write(rawFrame(type, payload, version));
  }

  /** The next frame that was not taken yet; null once the connection has closed. */
  async next(): Promise<RawFrame | null> {
    while (this.frames.length === 0 && !this.#closed) await this.#change();
    return this.frames.shift() ?? null;
  }

  async end(): Promise<void> {
    while (!this.#closed) await this.#change();
  }

  /** Up to the server's proof. */
  async shakeHands(hello: Hello, secret: string | null): Promise<void> {
    const clientHello = encodeHello(hello, 2 ** 26, secret !== null);
    this.send(FRAME.HELLO, clientHello);
    const answer = await this.next();
    if (answer?.type !== FRAME.HELLO)
      throw new Error(`no hello but ${answer?.type}: ${answer?.payload.toString()}`);
    const given = { binding: Buffer.alloc(0), clientHello, serverHello: answer.payload };
    this.send(FRAME.PROOF, proofOf('client', secret, given));
    const proof = await this.next();
    if (proof?.type !== FRAME.PROOF)
      throw new Error(`no proof but ${proof?.type}: ${proof?.payload.toString()}`);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

export function rawFrame(type: number, payload: Uint8Array, version: number): Buffer {
  const frame = newFrame(type, payload.length);
  frame[6] = version;
  frame.set(payload, HEADER_BYTES);
  return frame;
}
