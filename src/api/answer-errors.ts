import type { ServerResponse } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { asCallError, CallError, isCallError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import { didYouMean } from '../core/nearest.ts';
import type { Log } from '../core/ports.ts';
import { SqlError } from '../store/sql/sql-error.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const WHERE: Readonly<Record<string, string>> = {
  querystring: 'query',
  params: 'path',
  body: 'body',
  headers: 'headers',
};

/** Answers a thrown error as `{ error: { code, message, path? } }`. What is not meant for clients goes to the log only. */
export function answerErrors(log: Log) {
  return async (error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const known = toCallError(error);
    if (known.code === 'internal')
      log.error('A request to the management API failed', { url: request.url.split('?')[0], error });
    if (known.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(known.retryAfterMs / 1000));
    if (known.status === 401) reply.header('www-authenticate', 'Bearer');
    await reply.code(known.status).type('application/json; charset=utf-8').send(problemOf(known));
  };
}

/** Answers a path that is too malformed for a route to be looked up: no hook has seen the request. */
export function answerBadPath(error: FastifyError, _request: unknown, reply: { raw: ServerResponse }): void {
  const known = new CallError('invalid_request', error.message, { param: 'path' });
  const headers = { ...SECURITY_HEADERS, 'content-type': 'application/json; charset=utf-8' };
  reply.raw.writeHead(error.statusCode ?? known.status, headers).end(JSON.stringify(problemOf(known)));
}

export function problemOf(error: CallError) {
  const { code, message, param } = error;
  return { error: { code, message, ...(param !== undefined && { path: pathOf(param) }) } };
}

const WHOLE: ReadonlySet<string> = new Set(Object.values(WHERE));

/** The store names a query's parameter alone. */
function pathOf(param: string): string {
  return param.includes('.') || WHOLE.has(param) ? param : `query.${param}`;
}

function toCallError(error: FastifyError): CallError {
  if (isCallError(error)) return error;
  if (error instanceof SqlError && error.isOutage)
    return new CallError('not_ready', 'The store can not be reached now; try again shortly.', {
      retryAfterMs: 5000,
    });
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error);
  const status = error.statusCode ?? 500;
  if (status === 413) return new CallError('body_too_large', 'The request body is too large for this API.');
  if (status >= 400 && status < 500) return new CallError('invalid_request', error.message, { status });
  return asCallError(error);
}

function invalidRequest(error: FastifyError): CallError {
  const where = WHERE[error.validationContext ?? ''] ?? 'request';
  const [first] = error.validation ?? [];
  if (!first) return new CallError('invalid_request', error.message);
  const steps = first.instancePath.split('/').filter(Boolean);
  const path = [where, ...steps].join('.');
  const unknown = unknownKey(first.params);
  if (unknown !== null)
    return new CallError(
      'invalid_request',
      `${path} has no ${JSON.stringify(unknown)}.${unknownHint(unknown)}`,
      {
        param: [...path.split('.'), unknown].join('.'),
      },
    );
  const message = (first.message ?? error.message).replace(/^Invalid input: /, 'is invalid: ');
  return new CallError('invalid_request', `${path} ${message.replace(/(?<![.?!])$/, '.')}`, { param: path });
}

function unknownKey(params: unknown): string | null {
  const keys = isObject(params) ? params['keys'] : undefined;
  return Array.isArray(keys) && typeof keys[0] === 'string' ? keys[0] : null;
}

const PARAMETERS =
  `from to status provider model requestedModel team user key session tag dialect operation errorCode
  unpriced groupBy limit cursor name tags scope expiresAt callId score thumbs comment task`.split(/\s+/);

function unknownHint(name: string): string {
  const hint = didYouMean(name, PARAMETERS);
  return hint && ` ${hint}`;
}
