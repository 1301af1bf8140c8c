import type { Framing, GenerateCodec } from '../../core/dialect.ts';
import { amended, CallError, isCallError } from '../../core/errors.ts';
import { isOpening } from '../../core/part.ts';
import { type Frame, frameSplitter } from '../../dialects/wire/frames.ts';
import type { AnswerReader, PartSink } from './answer-reader.ts';
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
  const splitter = frameSplitter(framing);
  const parser = codec.parseStream();
  const ending = streamEnding(provider);
  let opening: { readonly since: number; readonly held: Uint8Array[] } | null = { since: ticks(), held: [] };
  let events = 0;
  let bytes = 0;

  const forward = (chunks: readonly Uint8Array[]): void => {
    if (opening) opening.held.push(...chunks);
    else sink.pushWire(chunks);
  };
  const begin = (): void => {
    const held = opening?.held ?? [];
    opening = null;
    sink.pushWire(held);
  };
  const meter = (frame: Frame): void => {
    if (frame.data === '') return;
    events += 1;
    if (!opening && isWellFormed(frame.data) && !codec.relay.isMetered(frame.event, frame.data)) return;
    const parts = parser.event(frame);
    for (const part of ending.take(parts)) if (part.type === 'usage') sink.push(part);
    if (opening && parts.some((part) => !isOpening(part))) begin();
  };
  /** Meters the frames; the bytes that may go out are `passed`, if nothing in them is ours. */
  const take = (frames: readonly Frame[], passed: readonly Uint8Array[]): void => {
    const kept = edited ? frames.filter(({ data }) => !codec.relay.isOurs(data)) : frames;
    const raws = edited ? kept.map(({ raw }) => raw) : passed;
    try {
      for (const frame of frames) meter(frame);
    } catch (error) {
      throw told(error, opening === null, () => forward(raws));
    }
    forward(raws);
    if (opening && ticks() - opening.since > HOLD_MS) begin();
  };

  return {
    knowsItsEnd: true,
    data(chunk) {
      bytes += chunk.length;
      take(splitter.push(chunk), [chunk]);
    },
    end() {
      take(splitter.end(), []);
      if (events === 0 && bytes > 0)
        throw new CallError('upstream_garbage', `${provider} sent a stream without events.`);
      for (const part of ending.take(parser.end())) if (part.type === 'usage') sink.push(part);
      const finish = ending.end();
      if (opening) begin();
      return finish;
    },
  };
}

/** An error that the provider itself tells in the stream is passed on like all else, once anything was. */
function told(error: unknown, hasBegun: boolean, forward: () => void): unknown {
  if (!hasBegun || !isCallError(error) || error.code === 'upstream_garbage') return error;
  forward();
  return amended(error, { told: true });
}

/** Cheap: tells an object from cut or foreign text without parsing it. `[DONE]` is left to the parser. */
function isWellFormed(data: string): boolean {
  return data.startsWith('{') && data.endsWith('}');
}
