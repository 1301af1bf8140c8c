import { isUtf8 } from 'node:buffer';
import { CallError } from '../core/errors.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { messageOf } from '../core/message-of.ts';

/** Deeper than any sensible JSON Schema; recursion over it is safe. */
const MAX_DEPTH = 200;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Parses a request body as a JSON object.
 * @throws CallError `invalid_request` that says where the text is no JSON, no UTF-8, no object or too deep
 */
export function parseBody(bytes: Buffer): JsonObject {
  if (!isUtf8(bytes)) throw new CallError('invalid_request', 'The request body is not valid UTF-8.');
  if (depthExceeds(bytes, MAX_DEPTH))
    throw new CallError('invalid_request', `The request body is nested deeper than ${MAX_DEPTH} levels.`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    const why = messageOf(error);
    throw new CallError('invalid_request', `The request body is not valid JSON: ${why.slice(0, 300)}`, {
      cause: error,
    });
  }
  if (!isObject(value)) throw new CallError('invalid_request', 'The request body must be a JSON object.');
  return value;
}

/** Whether brackets outside strings nest deeper than `max`. Strings, the bulk of a prompt, are jumped over. */
function depthExceeds(bytes: Buffer, max: number): boolean {
  if (bytes.length <= max) return false;
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = endOfString(bytes, i);
      if (i < 0) return false;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > max) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}

/** Index of the quote that closes the string opened at `start`, or -1. */
function endOfString(bytes: Buffer, start: number): number {
  let quote = bytes.indexOf(QUOTE, start + 1);
  while (quote >= 0) {
    let backslashes = 0;
    while (bytes[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
    quote = bytes.indexOf(QUOTE, quote + 1);
  }
  return -1;
}
