import { CallError, type ErrorCode } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { TITLE } from './owner.ts';

/** https://docs.claude.com/en/api/errors */
const CODES: Readonly<Record<string, ErrorCode>> = {
  invalid_request_error: 'invalid_request',
  authentication_error: 'upstream_unauthorized',
  billing_error: 'upstream_unauthorized',
  permission_error: 'upstream_unauthorized',
  not_found_error: 'not_found',
  request_too_large: 'body_too_large',
  rate_limit_error: 'rate_limited',
  timeout_error: 'upstream_timeout',
  api_error: 'upstream_error',
  overloaded_error: 'upstream_error',
};

const TOO_LONG = /prompt is too long|exceed(s|ed)? (the )?context (limit|window)|context window/i;
const NO_CREDIT = /credit balance is too low|workspace .*usage limits|specified API usage limits/i;

/** An error answer. `body` is its text. */
export function parseError(status: number, body: string): CallError {
  const wire = errorObject(tryParse(body));
  if (wire) return toCallError(wire, status);
  const text = body.trim().slice(0, 200);
  const message = `${TITLE} answered with HTTP status ${status}${text === '' ? '.' : `: ${text}`}`;
  return new CallError(codeOfStatus(status), message);
}

/** An `error` event within a stream. */
export function streamedError(event: JsonObject): CallError {
  const wire = errorObject(event) ?? {
    type: 'api_error',
    message: `${TITLE} ended the stream with an error.`,
  };
  return toCallError(wire, null);
}

function toCallError(error: { type: string; message: string }, status: number | null): CallError {
  const { type, message } = error;
  const known = Object.hasOwn(CODES, type) ? CODES[type] : undefined;
  const code = known ?? (status === null ? 'upstream_error' : codeOfStatus(status));
  if (code === 'invalid_request' && TOO_LONG.test(message)) return new CallError('context_too_long', message);
  if (code === 'invalid_request' && NO_CREDIT.test(message))
    return new CallError('upstream_unauthorized', message);
  if (code === 'not_found' && /^model\b/i.test(message)) return new CallError('model_not_found', message);
  return new CallError(code, message);
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 402 || status === 403) return 'upstream_unauthorized';
  if (status === 404) return 'not_found';
  if (status === 413) return 'body_too_large';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 504) return 'upstream_timeout';
  return status >= 500 ? 'upstream_error' : 'invalid_request';
}

function errorObject(body: Json | undefined): { type: string; message: string } | null {
  const error = isObject(body) ? body['error'] : undefined;
  if (!isObject(error) || typeof error['message'] !== 'string') return null;
  const type = typeof error['type'] === 'string' ? error['type'] : '';
  return { type, message: error['message'].slice(0, 2000) || `${TITLE} gave no reason.` };
}

function tryParse(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}
