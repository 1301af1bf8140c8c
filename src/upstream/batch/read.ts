import { CallError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';

const MOST_ANSWER_BYTES = 16 * 1024 * 1024;
const MOST_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** @throws CallError `upstream_garbage` */
export async function readObject(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes = MOST_ANSWER_BYTES,
): Promise<JsonObject> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw garbage('is too large');
    read.push(chunk);
  }
  return parsed(Buffer.concat(read));
}

/** Lines that are JSON objects each. @throws CallError `upstream_garbage` */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<JsonObject> {
  let rest: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      rest.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(rest);
      rest = [];
      bytes = 0;
      if (!isBlank(line)) yield parsed(line);
    }
    rest.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > MOST_LINE_BYTES) throw garbage('holds a line that is too long');
  }
  const last = Buffer.concat(rest);
  if (!isBlank(last)) yield parsed(last);
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte <= 0x20);
}

function parsed(bytes: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Told below.
  }
  throw garbage('is no JSON object');
}

function garbage(what: string): CallError {
  return new CallError('upstream_garbage', `What the provider told of a batch ${what}.`);
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** @throws CallError `upstream_garbage` */
export function idOf(answer: JsonObject): string {
  const id = textOf(answer['id']);
  if (!/^[A-Za-z0-9_.-]{1,200}$/.test(id)) throw garbage('has no id');
  return id;
}

export function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function jsonBody(body: JsonObject): { readonly contentType: string; readonly body: Uint8Array } {
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
}
