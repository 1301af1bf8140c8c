import type { FinishPart, Part } from '../../core/part.ts';
import type { ResponseHeaders } from '../http/exchange.ts';

/** The beginning of a provider's answer. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: ResponseHeaders;
}

/** Where an answer's parts go. The finish is given back at the end instead. */
export interface PartSink {
  push(part: Part, bytes?: number): void;
  /** The array is the sink's from then on. */
  pushWire(chunks: Uint8Array[]): void;
}

/** Turns the bytes of one answer into parts. Every method throws CallErrors. */
export interface AnswerReader {
  data(chunk: Buffer): void;
  /** The bytes ended well. @throws CallError `upstream_truncated` when the answer did not */
  end(): FinishPart;
  /** Whether the bytes themselves tell that the answer is complete, so that a connection lost after that loses nothing. */
  readonly knowsItsEnd: boolean;
}
