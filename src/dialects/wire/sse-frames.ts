import type { Frame, FrameSplitter } from './frames.ts';
import { heldBytes } from './held-bytes.ts';

const LF = 0x0a;
const CR = 0x0d;
const BOM = '\ufeff';
const NOTHING = new Uint8Array(0);

/** Server-sent events as the WHATWG HTML standard, section 9.2.6, reads them. */
export function sseSplitter(maxFrameBytes: number): FrameSplitter {
  const held = heldBytes(maxFrameBytes);
  let first = true;
  let atLineStart = true;
  /** The last byte was a CR, so that an LF now belongs to the same line end. */
  let afterCr = false;
  /** A blank line ended with that CR: the frame is complete once the next byte is known. */
  let blankByCr = false;

  const frame = (raw: Uint8Array): Frame => {
    const parsed = parseBlock(raw, first);
    first = false;
    return parsed;
  };

  return {
    push(chunk) {
      const frames: Frame[] = [];
      let start = 0;
      const cut = (end: number): void => {
        frames.push(frame(held.take(chunk.subarray(start, end))));
        start = end;
      };
      // Within a line only its end matters, and looking for that is faster natively than byte by byte.
      const hasCr = chunk.includes(CR);
      for (let i = 0; i < chunk.length; i++) {
        if (!hasCr && !afterCr && !atLineStart) {
          i = chunk.indexOf(LF, i);
          if (i === -1) break;
        }
        const byte = chunk[i];
        if (afterCr) {
          afterCr = false;
          if (blankByCr) cut(byte === LF ? i + 1 : i);
          blankByCr = false;
          if (byte === LF) continue;
        }
        if (byte === LF) {
          if (atLineStart) cut(i + 1);
          atLineStart = true;
        } else if (byte === CR) {
          afterCr = true;
          blankByCr = atLineStart;
          atLineStart = true;
        } else {
          atLineStart = false;
        }
      }
      held.hold(chunk.subarray(start));
      return frames;
    },
    end() {
      const rest = held.take(NOTHING);
      if (rest.length === 0) return [];
      const last = frame(rest);
      return [blankByCr || isWhole(last.data) ? last : { ...last, data: '' }];
    },
  };
}

/** Some servers forget the blank line after the last event. Half an event must not pass for one, though. */
function isWhole(data: string): boolean {
  if (data === '[DONE]') return true;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

function parseBlock(raw: Uint8Array, first: boolean): Frame {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8');
  // Nearly every event of every provider is this one line.
  if (text.startsWith('data: ') && text.indexOf('\n') === text.length - 2 && !text.includes('\r'))
    return { event: null, data: text.slice('data: '.length, -2), raw };
  let event: string | null = null;
  let data: string | null = null;
  for (const line of (first && text.startsWith(BOM) ? text.slice(1) : text).split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field !== 'data' && field !== 'event') continue;
    const from = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
    const value = colon === -1 ? '' : line.slice(from);
    if (field === 'event') event = value || null;
    else data = data === null ? value : `${data}\n${value}`;
  }
  return { event, data: data ?? '', raw };
}
