import type { ProviderApi } from '../../src/demo/provider/api.ts';

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

const GOOGLE_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** The body with which a provider tells of a status, in its own format. */
export function errorBody(api: ProviderApi, status: number): string {
  const message = `simulated error ${status}`;
  switch (api) {
    case 'openai': {
      const type =
        status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
      const code = status === 429 ? 'rate_limit_exceeded' : null;
      return JSON.stringify({ error: { message, type, param: null, code } });
    }
    case 'openai-compatible':
      return JSON.stringify({ error: { message, type: 'Error', param: null, code: status } });
    case 'anthropic':
      return JSON.stringify({
        type: 'error',
        error: { type: ANTHROPIC_TYPES[status] ?? 'api_error', message },
        request_id: 'req_simulated',
      });
    case 'google':
      return JSON.stringify({ error: { code: status, message, status: GOOGLE_STATUS[status] ?? 'UNKNOWN' } });
  }
}
