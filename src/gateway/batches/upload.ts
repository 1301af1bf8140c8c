import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { CallError } from '../../core/errors.ts';
import { readBody } from '../read-body.ts';

export interface Upload {
  readonly filename: string;
  readonly text: string;
  readonly bytes: number;
  /** As asked; null when not. */
  readonly expiresAfterMs: number | null;
}

/** For the other fields and what stands between them. */
const FRAME_BYTES = 64 * 1024;
const MOST_FILENAME_LENGTH = 255;
/** Whole files are held in memory while they are read. */
const MOST_AT_ONCE = 2;
const HOUR_S = 3600;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f]/g;

let reading = 0;

/** Reads `POST /v1/files`. @throws CallError for anything but a UTF-8 file of purpose `batch` */
export async function readUpload(req: IncomingMessage, maxFileBytes: number): Promise<Upload> {
  if (reading >= MOST_AT_ONCE)
    throw new CallError('rate_limited', 'Several files are being uploaded already; try again in a moment.', {
      retryAfterMs: 2000,
    });
  reading += 1;
  try {
    return await read(req, maxFileBytes);
  } finally {
    reading -= 1;
  }
}

async function read(req: IncomingMessage, maxFileBytes: number): Promise<Upload> {
  const type = req.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type))
    throw invalid('A file is uploaded as multipart/form-data with the fields "purpose" and "file".');
  const body = await bounded(req, maxFileBytes);
  const form = await new Response(body, { headers: { 'content-type': type } })
    .formData()
    .catch((cause: unknown) => {
      throw new CallError('invalid_request', 'The body is no valid multipart/form-data.', { cause });
    });
  const purpose = form.get('purpose');
  if (purpose !== 'batch')
    throw new CallError(
      'unsupported',
      'This gateway keeps files of purpose "batch" only; others can be sent to a provider under /providers/{name}/v1/files.',
      { param: 'purpose' },
    );
  const file = form.get('file');
  if (!(file instanceof Blob)) throw invalid('The field "file" must be a file.', 'file');
  if (file.size > maxFileBytes) throw tooLarge(maxFileBytes);
  const content = Buffer.from(await file.arrayBuffer());
  if (!isUtf8(content) || content.includes(0)) throw invalid('The file must be JSONL in UTF-8.', 'file');
  const name = file instanceof File ? file.name : '';
  const filename = name.toWellFormed().replace(CONTROLS, '').slice(0, MOST_FILENAME_LENGTH) || 'batch.jsonl';
  return {
    filename: filename.toWellFormed(),
    text: content.toString('utf8').replace(/^\uFEFF/, ''),
    bytes: content.length,
    expiresAfterMs: expiryOf(form),
  };
}

async function bounded(req: IncomingMessage, maxFileBytes: number): Promise<Buffer> {
  const most = maxFileBytes + FRAME_BYTES;
  if (Number(req.headers['content-length'] ?? 0) > most) throw tooLarge(maxFileBytes);
  try {
    return await readBody(req, most);
  } catch (error) {
    if (error instanceof CallError && error.code === 'body_too_large') throw tooLarge(maxFileBytes);
    throw error;
  }
}

function expiryOf(form: { get(name: string): unknown }): number | null {
  const anchor = form.get('expires_after[anchor]');
  const seconds = form.get('expires_after[seconds]');
  if (anchor === null && seconds === null) return null;
  const value = Number(seconds);
  if (anchor !== 'created_at' || !Number.isInteger(value) || value < HOUR_S || value > 30 * 24 * HOUR_S)
    throw invalid(
      'expires_after must be { anchor: "created_at", seconds: 3600 to 2592000 }.',
      'expires_after',
    );
  return value * 1000;
}

function invalid(message: string, param?: string): CallError {
  return new CallError('invalid_request', message, param === undefined ? {} : { param });
}

function tooLarge(maxFileBytes: number): CallError {
  return new CallError(
    'body_too_large',
    `The file is larger than ${maxFileBytes} bytes; raise batch.maxFile in the configuration if it should be taken.`,
  );
}
