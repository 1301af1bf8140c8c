import { isObject } from '../../core/json.ts';
import type { FinishPart, UsagePart } from '../../core/part.ts';
import { frameSplitter } from '../../dialects/wire/frames.ts';
import type { AnswerReader, PartSink, ResponseHead } from './answer-reader.ts';
import { mediaType } from './content-type.ts';
import { usageIn } from './usage-shape.ts';

const FINISH: FinishPart = { type: 'finish', reason: 'other' };
/** Larger JSON answers are passed on unread. */
const MOST_READ_BYTES = 16 * 1024 * 1024;

/** Reads usage from the bytes that go by; `usage` is what was seen so far. */
interface UsageWatcher {
  see(chunk: Buffer): void;
  usage(): UsagePart | null;
}

/** Passes any bytes on as they come. @param billed whether the answer can tell of a new cost */
export function rawAnswer(head: ResponseHead, sink: PartSink, billed: boolean): AnswerReader {
  const watcher = billed ? watcherFor(mediaType(head.headers)) : null;
  return {
    knowsItsEnd: false,
    data(chunk) {
      watcher?.see(chunk);
      sink.pushWire([chunk]);
    },
    end() {
      const usage = watcher?.usage();
      if (usage) sink.push(usage);
      return FINISH;
    },
  };
}

function watcherFor(type: string): UsageWatcher | null {
  if (type === 'application/json') return jsonWatcher();
  return type === 'text/event-stream' ? eventWatcher() : null;
}

function jsonWatcher(): UsageWatcher {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    see(chunk) {
      size += chunk.length;
      if (size > MOST_READ_BYTES) chunks = [];
      else chunks.push(chunk);
    },
    usage: () => (size > MOST_READ_BYTES ? null : usageOfText(Buffer.concat(chunks).toString('utf8'))),
  };
}

function eventWatcher(): UsageWatcher {
  let last: UsagePart | null = null;
  let splitter: ReturnType<typeof frameSplitter> | null = frameSplitter('sse', MOST_READ_BYTES);
  return {
    see(chunk) {
      try {
        for (const { data } of splitter?.push(chunk) ?? []) {
          if (data.includes('"usage')) last = usageOfText(data) ?? last;
        }
      } catch {
        // Not ours to judge: the bytes are passed on all the same.
        splitter = null;
      }
    },
    usage: () => last,
  };
}

function usageOfText(text: string): UsagePart | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? usageIn(value) : null;
  } catch {
    return null;
  }
}
