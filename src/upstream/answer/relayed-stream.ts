import type { Framing, GenerateCodec } from '../../core/dialect.ts';
import { amended, CallError, isCallError } from '../../core/errors.ts';
import { isOpening, type Part } from '../../core/part.ts';
import { type Frame, frameSplitter } from '../../dialects/wire/frames.ts';
import type { AnswerReader, PartSink } from './answer-reader.ts';
import { loneEvent } from './lone-event.ts';
import { streamEnding } from './stream-answer.ts';

/** Longest that the opening of a stream is kept back. */
const HOLD_MS = 10_000;

/**
 * Passes a stream on untouched and meters it on the side.
 *
 * What comes before the first token (the announcement of the answer, pings) is kept back for a while: a stream that
 * dies there can still be tried again, or elsewhere. Until then every event is parsed, afterwards only the metered ones.
 *
 * @param edited the request asked for events that the client did not; they are taken out again
 * @param ticks monotonic milliseconds
 */
export function relayedStream(
  provider: string,
  codec: GenerateCodec,
  framing: Framing,
  edited: boolean,
  sink: PartSink,
  ticks: () => number,
): AnswerReader {
  const { relay } = codec;
  const splitter = frameSplitter(framing);
  const parser = codec.parseStream();
  const ending = streamEnding(provider);
  let opening: { readonly since: number; readonly held: Uint8Array[] } | null = { since: ticks(), held: [] };
  let isEmpty = true;
  let hasEvents = false;
  /** Bytes that the splitter keeps as the beginning of an event. */
  let unframed = 0;

  const forward = (chunks: Uint8Array[]): void => {
    if (opening) opening.held.push(...chunks);
    else sink.pushWire(chunks);
  };
  const begin = (): void => {
    const held = opening?.held ?? [];
    opening = null;
    sink.pushWire(held);
  };
  const push = (parts: readonly Part[]): void => {
    for (const part of ending.take(parts)) if (part.type === 'usage') sink.push(part);
  };
  /** @returns whether the event is the client's to see */
  const meter = ({ event, data }: Frame): boolean => {
    if (data === '') return true;
    hasEvents = true;
    const metered = relay.isMetered(event, data);
    if (!opening && !metered && isWellFormed(data)) return true;
    const parts = parser.event({ event, data });
    push(parts);
    if (opening && !parts.every(isOpening)) begin();
    return !(edited && metered && relay.isOurs(data));
  };
  /** Meters the frames and passes on what they come from: the chunk, or frame by frame when some may be ours. */
  const take = (frames: readonly Frame[], chunk: Uint8Array | null): void => {
    const shown: Uint8Array[] = edited || !chunk ? [] : [chunk];
    for (const frame of frames) {
      unframed -= frame.raw.length;
      try {
        if (meter(frame) && edited) shown.push(frame.raw);
      } catch (error) {
        if (opening || !isTold(error)) throw error;
        if (edited) shown.push(frame.raw);
        forward(shown);
        throw amended(error, { told: true });
      }
    }
    forward(shown);
    if (opening && ticks() - opening.since > HOLD_MS) begin();
  };

  return {
    knowsItsEnd: true,
    data(chunk) {
      isEmpty = false;
      if (!opening && unframed === 0 && framing === 'sse') {
        const lone = loneEvent(chunk);
        if (lone && !relay.isMetered(lone.event, lone.data)) {
          sink.pushWire([chunk]);
          return;
        }
      }
      unframed += chunk.length;
      take(splitter.push(chunk), chunk);
    },
    end() {
      take(splitter.end(), null);
      if (!hasEvents && !isEmpty)
        throw new CallError('upstream_garbage', `${provider} sent a stream without events.`);
      push(parser.end());
      const finish = ending.end();
      if (opening) begin();
      return finish;
    },
  };
}

/** An error event of the provider's own is passed on like all else: the client then knows. */
function isTold(error: unknown): error is CallError {
  return isCallError(error) && error.code !== 'upstream_garbage';
}

/** Cheap: tells an object from cut or foreign text without parsing it. `[DONE]` is left to the parser. */
function isWellFormed(data: string): boolean {
  return data.startsWith('{') && data.endsWith('}');
}
