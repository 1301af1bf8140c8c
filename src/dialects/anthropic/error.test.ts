import { describe, expect, it } from 'vitest';
import { CallError } from '../../core/errors.ts';
import { formatError } from './format-error.ts';
import { parseError } from './parse-error.ts';

function body(type: string, message: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_01' });
}

describe('parseError', () => {
  it.each([
    [400, 'invalid_request_error', 'max_tokens: required', 'invalid_request'],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'context_too_long'],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 1 + 2 > 3',
      'context_too_long',
    ],
    [
      400,
      'invalid_request_error',
      'Your credit balance is too low to access the API.',
      'upstream_unauthorized',
    ],
    [401, 'authentication_error', 'invalid x-api-key', 'upstream_unauthorized'],
    [403, 'permission_error', 'not allowed', 'upstream_unauthorized'],
    [404, 'not_found_error', 'model: claude-nine', 'model_not_found'],
    [404, 'not_found_error', 'Not Found', 'not_found'],
    [413, 'request_too_large', 'Request exceeds the maximum size', 'body_too_large'],
    [429, 'rate_limit_error', 'This request would exceed your rate limit', 'rate_limited'],
    [500, 'api_error', 'Internal server error', 'upstream_error'],
    [529, 'overloaded_error', 'Overloaded', 'upstream_error'],
    [418, 'new_error', 'unheard of', 'invalid_request'],
  ])('reads %i %s %j as %s', (status, type, message, code) => {
    expect(parseError(status, body(type, message))).toMatchObject({ code, message });
  });

  it.each([
    [401, 'upstream_unauthorized'],
    [404, 'not_found'],
    [429, 'rate_limited'],
    [502, 'upstream_error'],
    [504, 'upstream_timeout'],
  ])('goes by the status %i where there is no error object', (status, code) => {
    expect(parseError(status, '<html>Bad gateway</html>')).toMatchObject({
      code,
      message: `Anthropic answered with HTTP status ${status}: <html>Bad gateway</html>`,
    });
    expect(parseError(status, '').message).toBe(`Anthropic answered with HTTP status ${status}.`);
  });
});

describe('formatError', () => {
  it.each([
    ['unauthenticated', 'authentication_error'],
    ['model_not_found', 'not_found_error'],
    ['rate_limited', 'rate_limit_error'],
    ['body_too_large', 'request_too_large'],
    ['upstream_error', 'api_error'],
    ['upstream_unavailable', 'overloaded_error'],
  ] as const)('says %s as %s', (code, type) => {
    expect(formatError(new CallError(code, 'Why.'))).toEqual({
      type: 'error',
      error: { type, message: 'Why.' },
      request_id: null,
    });
  });

  it('says an overlong prompt in the words that agents look for, once', () => {
    const message = (text: string) =>
      (formatError(new CallError('context_too_long', text))['error'] as { message: string }).message;
    expect(message('Too many tokens.')).toBe('prompt is too long: Too many tokens.');
    expect(message('Prompt is too long: 3 > 2')).toBe('Prompt is too long: 3 > 2');
  });
});
