import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Writes what it is given as the next piece of a body of unknown length. */
export interface BodyFrames {
  /** False when the socket is full. */
  write(chunks: readonly Uint8Array[]): boolean;
  /** False when the socket is full. */
  writeText(text: string): boolean;
  end(): void;
  /** Breaks the body off after this text: without its end the client's HTTP layer sees that it is not whole. */
  cut(text: string): void;
}

const LAST_CHUNK = '0\r\n\r\n';
const LINE_END_BYTES = 2;

/**
 * Of a response whose head was written. Where it is chunked (RFC 9112, 7.1), the chunks are made here, each in one piece:
 * `node:http` would write four by way of five functions, and that was a fifth of what a stream cost.
 */
export function bodyFrames(res: ServerResponse): BodyFrames {
  if (!res.chunkedEncoding) return new PlainBody(res);
  res.chunkedEncoding = false;
  return new ChunkedBody(res);
}

class ChunkedBody implements BodyFrames {
  readonly #res: ServerResponse;
  /** Once the head went to it; null while the answer waits for another of the same connection. */
  #socket: Socket | null = null;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const frame = chunkOf(chunks);
    return frame ? this.#writeFrame(frame) : true;
  }

  writeText(text: string): boolean {
    return text === '' || this.#writeFrame(chunkOfText(text));
  }

  /** Straight to the socket while it takes more. A full one is the response's, which tells when it is not full any more. */
  #writeFrame(frame: Buffer | string): boolean {
    const socket = this.#socket;
    if (socket?.writable && !socket.writableNeedDrain) return socket.write(frame);
    this.#socket = this.#res.socket;
    return this.#res.write(frame);
  }

  end(): void {
    this.#res.end(LAST_CHUNK, 'latin1');
  }

  cut(text: string): void {
    this.#res.write(text === '' ? '' : chunkOfText(text), () => this.#res.destroy());
  }
}

/** A client of HTTP/1.0, whose body ends with the connection. */
class PlainBody implements BodyFrames {
  readonly #res: ServerResponse;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    let room = true;
    for (const chunk of chunks) room = this.#res.write(chunk);
    return room;
  }

  writeText(text: string): boolean {
    return this.#res.write(text);
  }

  end(): void {
    this.#res.end();
  }

  cut(text: string): void {
    this.#res.write(text, () => this.#res.destroy());
  }
}

function chunkOfText(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** Null where there is nothing: a chunk of no bytes would end the body. */
function chunkOf(chunks: readonly Uint8Array[]): Buffer | null {
  let bytes = 0;
  for (const chunk of chunks) bytes += chunk.length;
  if (bytes === 0) return null;
  const size = bytes.toString(16);
  const frame = Buffer.allocUnsafe(size.length + bytes + 2 * LINE_END_BYTES);
  let at = frame.write(`${size}\r\n`, 'latin1');
  for (const chunk of chunks) {
    frame.set(chunk, at);
    at += chunk.length;
  }
  frame[at] = 13;
  frame[at + 1] = 10;
  return frame;
}
