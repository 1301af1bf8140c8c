import type { FinishPart, Part } from '../../core/part.ts';
import type { JsonObject } from '../../core/json.ts';
import type { AnswerReader, PartSink } from './answer-reader.ts';
import type { BodyCollector } from './body-collector.ts';
import { parseObject } from './parse-object.ts';

const UNSAID: FinishPart = { type: 'finish', reason: 'other' };

/**
 * Reads a whole JSON answer.
 * @param read the answer's parts, or the metering ones when the bytes are relayed
 * @param relayed whether the client gets the bytes as they are
 */
export function wholeAnswer(
  provider: string,
  body: BodyCollector,
  sink: PartSink,
  read: (body: JsonObject) => Iterable<Part>,
  relayed: boolean,
): AnswerReader {
  return {
    knowsItsEnd: false,
    data: (chunk) => body.add(chunk),
    end() {
      let finish: FinishPart = UNSAID;
      for (const part of read(parseObject(provider, body.text()))) {
        if (part.type === 'finish') finish = part;
        else sink.push(part);
      }
      // After the usage, so that the price is known before the first byte goes out.
      if (relayed) sink.pushWire(body.chunks);
      return finish;
    },
  };
}
