import type { ServerResponse } from 'node:http';
import type { Dialect } from '../core/dialect.ts';
import type { CallError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Trail } from '../core/trail.ts';

export const CALL_ID_HEADER = 'x-illm-call-id';

export function sendJson(
  res: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Record<string, string> = {},
): void {
  const all = { 'content-type': 'application/json', ...headers };
  sendBytes(res, status, Buffer.from(JSON.stringify(body)), all);
}

/** @param headers become those of the answer, the length of the body among them */
export function sendBytes(
  res: ServerResponse,
  status: number,
  body: Uint8Array,
  headers: Record<string, string>,
): void {
  headers['content-length'] = String(body.length);
  res.writeHead(status, headers);
  res.end(body);
}

/** Tells an error in the client's dialect; a provider's own error of that dialect is passed on as it came. */
export function sendError(
  res: ServerResponse,
  dialect: Dialect,
  error: CallError,
  callId: string,
  told: Trail['told'] = null,
): void {
  if (res.headersSent || res.destroyed) return;
  const seconds = error.retryAfterMs === undefined ? null : Math.ceil(error.retryAfterMs / 1000);
  const headers: Record<string, string> = {
    [CALL_ID_HEADER]: callId,
    ...told,
    ...(seconds !== null && { 'retry-after': String(seconds) }),
    // An unread request body would be taken for the next request.
    ...(!res.req.complete && { connection: 'close' }),
  };
  const { wire } = error;
  if (!wire) return sendJson(res, error.status, dialect.formatError(error), headers);
  const type = wire.headers['content-type'] ?? 'application/json';
  return sendBytes(res, wire.status, wire.body, { ...headers, 'content-type': type });
}
