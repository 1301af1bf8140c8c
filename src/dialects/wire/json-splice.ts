import { CallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Replaces or inserts top-level fields of a JSON object and keeps every other byte. A key that occurs more than once is
 * replaced each time, so that no reader of the bytes can see its old value.
 * @param bytes UTF-8 of one JSON object, known to be valid JSON
 * @throws CallError `invalid_request` when it is no object
 */
export function setTopLevel(bytes: Uint8Array, fields: JsonObject): Buffer {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wanted = new Map(
    Object.entries(fields).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, Buffer.from(JSON.stringify(value))] as const],
    ),
  );
  const missing = new Map(wanted);
  const pieces: Buffer[] = [];
  let copied = 0;
  let at = skipSpace(source, 0);
  if (source[at] !== OPEN_BRACE) throw notAnObject();
  at = skipSpace(source, at + 1);
  let isEmpty = true;
  while (source[at] !== CLOSE_BRACE) {
    if (source[at] !== QUOTE) throw notAnObject();
    isEmpty = false;
    const keyEnd = stringEnd(source, at);
    const key = decodeKey(source.subarray(at, keyEnd));
    const colon = skipSpace(source, keyEnd);
    if (source[colon] !== COLON) throw notAnObject();
    const start = skipSpace(source, colon + 1);
    const end = valueEnd(source, start);
    const replacement = wanted.get(key);
    if (replacement) {
      pieces.push(source.subarray(copied, start), replacement);
      copied = end;
      missing.delete(key);
    }
    at = skipSpace(source, end);
    if (source[at] === COMMA) at = skipSpace(source, at + 1);
    else if (source[at] !== CLOSE_BRACE) throw notAnObject();
  }
  pieces.push(source.subarray(copied, at));
  for (const [key, value] of missing) {
    pieces.push(Buffer.from(`${isEmpty ? '' : ','}${JSON.stringify(key)}:`), value);
    isEmpty = false;
  }
  pieces.push(source.subarray(at));
  return Buffer.concat(pieces);
}

function decodeKey(quoted: Buffer): string {
  if (!quoted.includes(BACKSLASH)) return quoted.toString('utf8', 1, quoted.length - 1);
  return String(JSON.parse(quoted.toString()));
}

function skipSpace(source: Buffer, from: number): number {
  let at = from;
  while (isSpace(source[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Index after the closing quote of the string that opens at `open`. */
function stringEnd(source: Buffer, open: number): number {
  let quote = source.indexOf(QUOTE, open + 1);
  while (quote !== -1) {
    let backslashes = 0;
    while (source[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    quote = source.indexOf(QUOTE, quote + 1);
  }
  throw notAnObject();
}

function valueEnd(source: Buffer, start: number): number {
  const first = source[start];
  if (first === QUOTE) return stringEnd(source, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return nestedEnd(source, start);
  let at = start;
  while (at < source.length && !isScalarEnd(source[at])) at++;
  if (at === start) throw notAnObject();
  return at;
}

function nestedEnd(source: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < source.length) {
    const byte = source[at];
    if (byte === QUOTE) {
      at = stringEnd(source, at);
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
  throw notAnObject();
}

function isScalarEnd(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || isSpace(byte);
}

function notAnObject(): CallError {
  return new CallError('invalid_request', 'The request body must be a JSON object.');
}
