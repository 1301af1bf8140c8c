import { describe, expect, it } from 'vitest';
import { CallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { formatError } from './format-error.ts';
import { parseError, streamedError } from './parse-error.ts';

function body(code: number, status: string, message: string, details: JsonObject[] = []): string {
  return JSON.stringify({ error: { code, message, status, details } });
}

describe('parseError', () => {
  it.each([
    [400, 'INVALID_ARGUMENT', 'Invalid value at contents', 'invalid_request'],
    [
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      'context_too_long',
    ],
    [400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', 'upstream_unauthorized'],
    [400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.', 'upstream_unauthorized'],
    [403, 'PERMISSION_DENIED', 'denied', 'upstream_unauthorized'],
    [404, 'NOT_FOUND', 'models/gemini-nine is not found for API version v1beta', 'model_not_found'],
    [404, 'NOT_FOUND', 'Requested entity was not found.', 'not_found'],
    [429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted', 'rate_limited'],
    [500, 'INTERNAL', 'An internal error has occurred.', 'upstream_error'],
    [503, 'UNAVAILABLE', 'The model is overloaded.', 'upstream_error'],
    [504, 'DEADLINE_EXCEEDED', 'too slow', 'upstream_timeout'],
    [418, 'TEAPOT', 'unheard of', 'invalid_request'],
  ])('reads %i %s %j as %s', (status, name, message, code) => {
    expect(parseError(status, body(status, name, message))).toMatchObject({ code, message });
    expect(parseError(status, `[${body(status, name, message)}]`)).toMatchObject({ code, message });
  });

  it('honours the wait that Google asks for', () => {
    const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '17.5s' };
    expect(parseError(429, body(429, 'RESOURCE_EXHAUSTED', 'x', [retry]))).toMatchObject({
      retryAfterMs: 17_500,
      retryable: 'same',
    });
    expect(parseError(429, body(429, 'RESOURCE_EXHAUSTED', 'Please retry in 3s.')).retryAfterMs).toBe(3000);
    expect(
      parseError(429, body(429, 'RESOURCE_EXHAUSTED', 'x', [{ retryDelay: 'soon' }])).retryAfterMs,
    ).toBeUndefined();
  });

  it('tries another key when the quota of the day is gone', () => {
    const quota = { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] };
    expect(parseError(429, body(429, 'RESOURCE_EXHAUSTED', 'x', [quota])).retryable).toBe('other');
  });

  it.each([
    [403, 'upstream_unauthorized'],
    [404, 'not_found'],
    [429, 'rate_limited'],
    [502, 'upstream_error'],
  ])('goes by the status %i where there is no error object', (status, code) => {
    expect(parseError(status, 'Bad gateway')).toMatchObject({
      code,
      message: `Gemini answered with HTTP status ${status}: Bad gateway`,
    });
  });

  it('never repeats a key', () => {
    const key = `AIza${'x'.repeat(35)}`;
    expect(parseError(400, body(400, 'INVALID_ARGUMENT', `bad key ${key}`)).message).not.toContain(key);
  });
});

describe('streamedError', () => {
  it('goes by the code within', () => {
    expect(streamedError({ error: { code: 429, message: 'slow down' } }).code).toBe('rate_limited');
    expect(streamedError({ error: 'what?' })).toMatchObject({ code: 'upstream_error' });
  });
});

describe('formatError', () => {
  it.each([
    ['invalid_request', 400, 'INVALID_ARGUMENT'],
    ['unauthenticated', 401, 'UNAUTHENTICATED'],
    ['model_not_found', 404, 'NOT_FOUND'],
    ['upstream_error', 502, 'INTERNAL'],
    ['upstream_unavailable', 503, 'UNAVAILABLE'],
  ] as const)('says %s as %i %s', (code, status, name) => {
    expect(formatError(new CallError(code, 'Why.'))).toEqual({
      error: { code: status, message: 'Why.', status: name },
    });
  });

  it('tells how long to wait', () => {
    const error = new CallError('rate_limited', 'x', { retryAfterMs: 1500 });
    expect(parseError(429, JSON.stringify(formatError(error))).retryAfterMs).toBe(1500);
  });
});
