import type { Framing, StreamParser } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { FinishPart, Part } from '../../core/part.ts';
import { type Frame, frameSplitter } from '../../dialects/wire/frames.ts';
import type { AnswerReader, PartSink } from './answer-reader.ts';

/** Reads a stream for a client of another dialect: its events become typed parts. */
export function streamAnswer(
  provider: string,
  parser: StreamParser,
  framing: Framing,
  sink: PartSink,
): AnswerReader {
  const splitter = frameSplitter(framing);
  const ending = streamEnding(provider);
  const take = (frames: readonly Frame[], bytes: number): void => {
    let counted = bytes;
    for (const frame of frames) {
      if (frame.data === '') continue;
      for (const part of ending.take(parser.event(frame))) {
        sink.push(part, counted);
        counted = 0;
      }
    }
  };
  return {
    knowsItsEnd: true,
    data(chunk) {
      take(splitter.push(chunk), chunk.length);
    },
    end() {
      take(splitter.end(), 0);
      for (const part of ending.take(parser.end())) sink.push(part);
      return ending.end();
    },
  };
}

/** Keeps a stream's finish back until its bytes end: usage may come after it. */
export interface StreamEnding {
  /** The parts without the finish. */
  take(parts: readonly Part[]): readonly Part[];
  /** @throws CallError `upstream_truncated` when there was no finish */
  end(): FinishPart;
}

export function streamEnding(provider: string): StreamEnding {
  let finish: FinishPart | null = null;
  return {
    take(parts) {
      if (!parts.some(({ type }) => type === 'finish')) return parts;
      return parts.filter((part) => {
        if (part.type !== 'finish') return true;
        finish = part;
        return false;
      });
    },
    end() {
      if (finish) return finish;
      throw new CallError(
        'upstream_truncated',
        `${provider} ended its stream before the answer was finished.`,
      );
    },
  };
}
