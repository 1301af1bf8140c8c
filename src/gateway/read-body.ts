import type { IncomingMessage } from 'node:http';
import { CallError } from '../core/errors.ts';

/**
 * Reads a whole request body of at most `maxBytes`.
 * @throws CallError `body_too_large`, `unsupported` for an encoded body, `client_aborted` when the client left
 */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new CallError(
      'unsupported',
      `Request bodies must not be encoded; send no Content-Encoding (got ${encoding.slice(0, 40)}).`,
      {
        status: 415,
      },
    );
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        req.removeAllListeners('data');
        req.pause();
        reject(tooLarge(maxBytes));
        return;
      }
      chunks.push(chunk);
    });
    req.on('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, bytes));
    });
    const left = (): void =>
      reject(new CallError('client_aborted', 'The client left before its request was complete.'));
    req.on('error', left);
    req.on('close', () => {
      if (!req.complete) left();
    });
  });
}

function tooLarge(maxBytes: number): CallError {
  return new CallError(
    'body_too_large',
    `The request body is larger than ${maxBytes} bytes; raise limits.bodyBytes in the configuration if it should be taken.`,
  );
}
