import type { CallError, ErrorCode } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

const TYPES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'invalid_request_error',
  unsupported: 'invalid_request_error',
  context_too_long: 'invalid_request_error',
  no_model_fits: 'invalid_request_error',
  over_budget: 'billing_error',
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  not_found: 'not_found_error',
  model_not_found: 'not_found_error',
  request_timeout: 'timeout_error',
  body_too_large: 'request_too_large',
  rate_limited: 'rate_limit_error',
  client_aborted: 'api_error',
  internal: 'api_error',
  upstream_unauthorized: 'api_error',
  upstream_error: 'api_error',
  upstream_garbage: 'api_error',
  upstream_truncated: 'api_error',
  upstream_unavailable: 'overloaded_error',
  not_ready: 'overloaded_error',
  upstream_timeout: 'timeout_error',
};

/** Agents of this API recognise an overlong prompt by these words and then shorten it. */
const TOO_LONG = 'prompt is too long';

export function formatError(error: CallError): JsonObject {
  const needsWords = error.code === 'context_too_long' && !error.message.toLowerCase().includes(TOO_LONG);
  const message = needsWords ? `${TOO_LONG}: ${error.message}` : error.message;
  return { type: 'error', error: { type: TYPES[error.code], message }, request_id: null };
}
