import { CallError, type CallErrorOptions, type ErrorCode } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { redactSecrets } from '../../core/redact.ts';
import { TITLE } from './owner.ts';

const MOST_MESSAGE_CHARS = 1000;

/** https://cloud.google.com/apis/design/errors#handling_errors */
const CODES: Readonly<Record<string, ErrorCode>> = {
  INVALID_ARGUMENT: 'invalid_request',
  OUT_OF_RANGE: 'invalid_request',
  // A region that is not served, or billing that is not set up.
  FAILED_PRECONDITION: 'upstream_unauthorized',
  UNAUTHENTICATED: 'upstream_unauthorized',
  PERMISSION_DENIED: 'upstream_unauthorized',
  NOT_FOUND: 'not_found',
  RESOURCE_EXHAUSTED: 'rate_limited',
  DEADLINE_EXCEEDED: 'upstream_timeout',
  INTERNAL: 'upstream_error',
  UNAVAILABLE: 'upstream_error',
  UNKNOWN: 'upstream_error',
  ABORTED: 'upstream_error',
  CANCELLED: 'upstream_error',
};

const TOO_LONG = /exceeds the maximum number of tokens|input token count|context (window|length)/i;

/** An error answer. `body` is its text: an object, or an array of one where a stream was asked for. */
export function parseError(status: number, body: string): CallError {
  const error = errorObject(tryParse(body));
  if (error) return toCallError(error, status);
  const text = body.slice(0, MOST_MESSAGE_CHARS).trim();
  const message = `${TITLE} answered with HTTP status ${status}${text === '' ? '.' : `: ${redactSecrets(text)}`}`;
  return new CallError(codeOfStatus(status), message);
}

/** An `{error: …}` among the responses of a stream. */
export function streamedError(response: JsonObject): CallError {
  const error = errorObject(response);
  if (!error) return new CallError('upstream_error', `${TITLE} ended the stream with an error.`);
  const { code } = error;
  return toCallError(error, typeof code === 'number' && code >= 400 && code < 600 ? code : 500);
}

function toCallError(error: JsonObject, status: number): CallError {
  const said = typeof error['message'] === 'string' ? error['message'].slice(0, MOST_MESSAGE_CHARS) : '';
  const message = redactSecrets(said) || `${TITLE} answered with HTTP status ${status}.`;
  const details = Array.isArray(error['details'])
    ? (error['details'] as readonly Json[]).filter(isObject)
    : [];
  const name = typeof error['status'] === 'string' ? error['status'] : '';
  const code = Object.hasOwn(CODES, name) ? (CODES[name] ?? codeOfStatus(status)) : codeOfStatus(status);
  if (code === 'invalid_request') return new CallError(invalidCode(said, details), message);
  if (code === 'not_found')
    return new CallError(/\bmodels?\b/i.test(said) ? 'model_not_found' : code, message);
  if (code === 'rate_limited') return new CallError(code, message, rateOptions(said, details));
  return new CallError(code, message);
}

/** A wrong key is an invalid argument here. */
function invalidCode(message: string, details: readonly JsonObject[]): ErrorCode {
  const isKey = details.some(({ reason }) => reason === 'API_KEY_INVALID' || reason === 'API_KEY_EXPIRED');
  if (isKey || /API key (not valid|expired)/i.test(message)) return 'upstream_unauthorized';
  return TOO_LONG.test(message) ? 'context_too_long' : 'invalid_request';
}

/** A quota of the day is not worth waiting for, but another key may have one of its own. */
function rateOptions(message: string, details: readonly JsonObject[]): CallErrorOptions {
  const delay = details.map(({ retryDelay }) => retryDelay).find((value) => typeof value === 'string');
  const seconds = /^([\d.]+)s$/.exec(String(delay))?.[1] ?? /retry in ([\d.]+)s/i.exec(message)?.[1];
  const retryAfterMs = seconds === undefined ? Number.NaN : Math.ceil(Number(seconds) * 1000);
  const isDaily = JSON.stringify(details).includes('PerDay');
  return {
    ...(Number.isSafeInteger(retryAfterMs) && { retryAfterMs }),
    ...(isDaily && { retryable: 'other' }),
  };
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'upstream_unauthorized';
  if (status === 404) return 'not_found';
  if (status === 413) return 'body_too_large';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 504) return 'upstream_timeout';
  return status >= 500 ? 'upstream_error' : 'invalid_request';
}

function errorObject(body: Json | undefined): JsonObject | null {
  const first: Json | undefined = Array.isArray(body) ? (body as readonly Json[])[0] : body;
  const error = isObject(first) ? first['error'] : undefined;
  return isObject(error) ? error : null;
}

function tryParse(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}
