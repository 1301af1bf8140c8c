import { CallError } from '../../core/errors.ts';
import type { Frame, FrameSplitter } from './frames.ts';
import { heldBytes } from './held-bytes.ts';

const NOTHING = new Uint8Array(0);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const BETWEEN = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c]);

/** A JSON array of objects that arrives piece by piece, `[{…},\n{…}]`; a lone object counts as its one element. */
export function jsonArraySplitter(maxFrameBytes: number): FrameSplitter {
  const held = heldBytes(maxFrameBytes);
  let state: 'before' | 'inside' | 'after' = 'before';
  /** Open brackets within the current element; 0 between elements. */
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Bytes since the last frame that precede the element: separators and white space. */
  let lead = 0;

  return {
    push(chunk) {
      const frames: Frame[] = [];
      let start = 0;
      const cut = (end: number, isElement: boolean): void => {
        const raw = held.take(chunk.subarray(start, end));
        const data = isElement ? Buffer.from(raw.buffer, raw.byteOffset + lead, raw.byteLength - lead) : '';
        frames.push({ event: null, data: data.toString(), raw });
        start = end;
        lead = 0;
      };
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i] ?? 0;
        if (depth === 0) {
          if (byte === OPEN_BRACE && state !== 'after') {
            if (state === 'before') state = 'after';
            depth = 1;
            continue;
          }
          lead++;
          if (byte === OPEN_BRACKET && state === 'before') state = 'inside';
          else if (byte === CLOSE_BRACKET && state === 'inside') {
            state = 'after';
            cut(i + 1, false);
          } else if (!BETWEEN.has(byte)) throw notAnArray();
        } else if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) {
          inString = true;
        } else if (OPEN.has(byte)) {
          depth++;
        } else if (CLOSE.has(byte) && --depth === 0) {
          cut(i + 1, true);
        }
      }
      held.hold(chunk.subarray(start));
      return frames;
    },
    end() {
      const raw = held.take(NOTHING);
      return raw.length === 0 ? [] : [{ event: null, data: '', raw }];
    },
  };
}

function notAnArray(): CallError {
  return new CallError('upstream_garbage', 'The provider sent a stream that is no JSON array of objects.');
}
