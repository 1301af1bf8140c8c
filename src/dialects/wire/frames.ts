import type { Framing, StreamEvent } from '../../core/dialect.ts';
import { jsonArraySplitter } from './json-array-frames.ts';
import { sseSplitter } from './sse-frames.ts';

/**
 * One event with its exact bytes, terminator included: all `raw` of a stream in a row are the stream.
 * What carries no event (comments, keep-alives, the brackets of an array) is a frame with `data: ''`.
 */
export type Frame = StreamEvent & { readonly raw: Uint8Array };

/** Cuts the bytes of one stream into frames. `raw` may share memory with the chunks, which are never written to. */
export interface FrameSplitter {
  /** The frames that this chunk completes. @throws CallError `upstream_garbage` */
  push(chunk: Uint8Array): Frame[];
  /** What is left at the end of the bytes. An event that was cut short has `data: ''`. */
  end(): Frame[];
}

const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** @param maxFrameBytes longest single event, in bytes; a longer one throws CallError `upstream_garbage` */
export function frameSplitter(framing: Framing, maxFrameBytes: number = MAX_FRAME_BYTES): FrameSplitter {
  return framing === 'sse' ? sseSplitter(maxFrameBytes) : jsonArraySplitter(maxFrameBytes);
}

/** One SSE event. `data` may have several lines. */
export function formatSse(data: string, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  const lines = data.includes('\n') || data.includes('\r') ? data.split(/\r\n|\n|\r/).join('\ndata: ') : data;
  return `${name}data: ${lines}\n\n`;
}
