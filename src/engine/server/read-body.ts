import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { isObject, type JsonObject } from '../../core/json.ts';
import { ApiError } from './api-error.ts';

const MOST_DEPTH = 64;

/**
 * Reads a JSON object of at most `mostBytes`.
 * @throws ApiError 400, 413 or 415
 */
export async function readJsonBody(req: IncomingMessage, mostBytes: number): Promise<JsonObject> {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new ApiError(415, null, 'Request bodies must not be encoded; send no Content-Encoding.');
  const bytes = await readBytes(req, mostBytes);
  if (!isUtf8(bytes)) throw invalid('is not valid UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw invalid(
      `is not valid JSON: ${error instanceof Error ? error.message.slice(0, 300) : 'unreadable'}`,
    );
  }
  if (!isObject(value)) throw invalid('must be a JSON object');
  if (isDeeper(value, MOST_DEPTH)) throw invalid(`is nested deeper than ${MOST_DEPTH} levels`);
  return value;
}

async function readBytes(req: IncomingMessage, mostBytes: number): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > mostBytes) throw tooLarge(mostBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooLarge(mostBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(400, null, 'The request ended before its body was complete.', { cause: error });
  }
  return Buffer.concat(chunks, bytes);
}

function isDeeper(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((item) => isDeeper(item, most - 1));
}

function invalid(what: string): ApiError {
  return new ApiError(400, 'invalid_json', `The request body ${what}.`);
}

function tooLarge(mostBytes: number): ApiError {
  return new ApiError(413, null, `The request body is larger than ${mostBytes} bytes.`);
}
