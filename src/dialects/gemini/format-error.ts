import type { CallError, ErrorCode } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

const STATUSES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'INVALID_ARGUMENT',
  unsupported: 'INVALID_ARGUMENT',
  context_too_long: 'INVALID_ARGUMENT',
  no_model_fits: 'FAILED_PRECONDITION',
  over_budget: 'RESOURCE_EXHAUSTED',
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  not_found: 'NOT_FOUND',
  model_not_found: 'NOT_FOUND',
  request_timeout: 'DEADLINE_EXCEEDED',
  body_too_large: 'INVALID_ARGUMENT',
  rate_limited: 'RESOURCE_EXHAUSTED',
  client_aborted: 'CANCELLED',
  internal: 'INTERNAL',
  upstream_unauthorized: 'INTERNAL',
  upstream_error: 'INTERNAL',
  upstream_garbage: 'INTERNAL',
  upstream_truncated: 'INTERNAL',
  upstream_unavailable: 'UNAVAILABLE',
  not_ready: 'UNAVAILABLE',
  upstream_timeout: 'DEADLINE_EXCEEDED',
};

export function formatError(error: CallError): JsonObject {
  const { code, status, message, retryAfterMs } = error;
  const details =
    retryAfterMs === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterMs / 1000}s` }];
  return {
    error: { code: status, message, status: STATUSES[code], ...(details.length > 0 && { details }) },
  };
}
