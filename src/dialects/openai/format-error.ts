import type { CallError, ErrorCode } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';

/** OpenAI's own words for codes that it has too; clients compare with them. */
const CODES: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'invalid_api_key',
  context_too_long: 'context_length_exceeded',
  rate_limited: 'rate_limit_exceeded',
};

/** `{error: {message, type, param, code}}`, as OpenAI's SDKs expect it. */
export function formatError(error: CallError): JsonObject {
  return { error: errorDetails(error) };
}

export function errorDetails(error: CallError): JsonObject {
  return {
    message: error.message,
    type: typeOf(error.status),
    param: error.param ?? null,
    code: errorWord(error),
  };
}

export function errorWord(error: CallError): string {
  return CODES[error.code] ?? error.code;
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
