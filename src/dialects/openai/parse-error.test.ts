import { describe, expect, it } from 'vitest';
import { CallError } from '../../core/errors.ts';
import { formatError } from './format-error.ts';
import { parseError, parseErrorEvent } from './parse-error.ts';

const openAi = (message: string, type: string, code: string | null, param: string | null = null): string =>
  JSON.stringify({ error: { message, type, param, code } });

describe('parseError', () => {
  it.each([
    [
      401,
      openAi('Incorrect API key provided', 'invalid_request_error', 'invalid_api_key'),
      'upstream_unauthorized',
    ],
    [
      403,
      openAi('Country not supported', 'request_forbidden', 'unsupported_country'),
      'upstream_unauthorized',
    ],
    [
      404,
      openAi('The model `x` does not exist', 'invalid_request_error', 'model_not_found'),
      'model_not_found',
    ],
    [
      404,
      '{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}',
      'model_not_found',
    ],
    [404, '{"error":{"message":"model \\"x\\" not found, try pulling it first"}}', 'model_not_found'],
    [404, '404 page not found', 'upstream_error'],
    [
      400,
      openAi("This model's maximum context length is 128000 tokens.", 'invalid_request_error', null),
      'context_too_long',
    ],
    [400, openAi('Too long', 'invalid_request_error', 'context_length_exceeded'), 'context_too_long'],
    [
      400,
      '{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}',
      'context_too_long',
    ],
    [400, openAi('Invalid type', 'invalid_request_error', null, 'messages[0].content'), 'invalid_request'],
    [422, '{"detail":[{"loc":["body","model"],"msg":"field required"}]}', 'invalid_request'],
    [413, '<html><head><title>413 Request Entity Too Large</title></head></html>', 'body_too_large'],
    [429, openAi('Rate limit reached', 'tokens', 'rate_limit_exceeded'), 'rate_limited'],
    [429, '', 'rate_limited'],
    [500, openAi('The server had an error', 'server_error', null), 'upstream_error'],
    [503, '<html>busy</html>', 'upstream_error'],
    [302, '', 'upstream_garbage'],
  ])('%i %s is %s', (status, body, code) => {
    expect(parseError(status, body).code).toBe(code);
  });

  it('says that another key may do when the quota is used up, and that a pause may do otherwise', () => {
    expect(
      parseError(429, openAi('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota')),
    ).toMatchObject({
      code: 'rate_limited',
      retryable: 'other',
    });
    expect(parseError(429, openAi('Slow down', 'requests', 'rate_limit_exceeded')).retryable).toBe('same');
  });

  it('keeps the field at fault', () => {
    expect(parseError(400, openAi('Bad', 'invalid_request_error', null, 'tools[0]')).param).toBe('tools[0]');
  });

  it('takes the words out of a web page, shortened, and shows no key', () => {
    const page = `<html><style>a{}</style><h1>502 Bad Gateway</h1>${'<p>nginx</p>'.repeat(1000)}</html>`;
    expect(parseError(502, page).message).toMatch(/^502 Bad Gateway nginx/);
    expect(parseError(502, page).message.length).toBeLessThanOrEqual(1001);
    expect(parseError(500, '').message).toBe('The provider answered with status 500 and no explanation.');
    expect(parseError(401, openAi('Bad key sk-abcdefgh12345678', 'x', null)).message).toBe(
      'Bad key [redacted]',
    );
  });

  it('reads the error event of a stream, whose status stands in its code or type', () => {
    expect(parseErrorEvent({ error: { message: 'x', code: 429 } }).code).toBe('rate_limited');
    expect(parseErrorEvent({ error: { message: 'x', type: 'invalid_request_error' } }).code).toBe(
      'invalid_request',
    );
    expect(parseErrorEvent({ error: { message: 'x', type: 'server_error', code: null } }).code).toBe(
      'upstream_error',
    );
    expect(parseErrorEvent({ error: 'boom' })).toMatchObject({ code: 'upstream_error', message: 'boom' });
  });
});

describe('formatError', () => {
  it('speaks as OpenAI does', () => {
    expect(formatError(new CallError('unauthenticated', 'No.'))).toEqual({
      error: { message: 'No.', type: 'authentication_error', param: null, code: 'invalid_api_key' },
    });
    expect(formatError(new CallError('invalid_request', 'No.', { param: 'n' }))).toEqual({
      error: { message: 'No.', type: 'invalid_request_error', param: 'n', code: 'invalid_request' },
    });
    expect(formatError(new CallError('rate_limited', 'No.'))).toMatchObject({
      error: { type: 'rate_limit_error' },
    });
    expect(formatError(new CallError('upstream_error', 'No.'))).toMatchObject({
      error: { type: 'server_error' },
    });
  });
});
