import { describe, expect, it } from 'vitest';
import { anthropic } from './index.ts';

const NO_QUERY = new URLSearchParams();

describe('anthropic', () => {
  it.each([
    ['POST', '/v1/messages', { operation: 'generate' }],
    ['POST', '/v1/messages/count_tokens', { operation: 'count-tokens', stream: false }],
    ['GET', '/v1/messages', null],
    ['POST', '/v1/messages/batches', null],
    ['POST', '/v1/chat/completions', null],
  ])('routes %s %s to %j', (method, path, route) => {
    expect(anthropic.route(method, path, NO_QUERY)).toEqual(route);
  });

  it('finds its way upstream', () => {
    expect(anthropic.upstreamPath('generate', 'm', true)).toBe('/v1/messages');
    expect(anthropic.upstreamPath('count-tokens', 'm', false)).toBe('/v1/messages/count_tokens');
    expect(() => anthropic.upstreamPath('embed', 'm', false)).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });

  it('identifies a request', () => {
    const route = { operation: 'generate' } as const;
    expect(anthropic.identify({ model: 'claude-x', stream: true }, route)).toEqual({
      model: 'claude-x',
      stream: true,
    });
    expect(() => anthropic.identify({ model: '' }, route)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'model' }),
    );
  });

  it('finds the end user', () => {
    expect(anthropic.attribution({ metadata: { user_id: 'u-1' } })).toEqual({ user: 'u-1', tags: {} });
    expect(anthropic.attribution({ metadata: { user_id: 5 } })).toEqual({ user: null, tags: {} });
  });

  it('counts', () => {
    expect(anthropic.count?.parseResponse({ input_tokens: 12 })).toBe(12);
    expect(anthropic.count?.formatResponse(12)).toEqual({ input_tokens: 12 });
    expect(() => anthropic.count?.parseResponse({})).toThrow(
      expect.objectContaining({ code: 'upstream_garbage' }),
    );
  });

  it('lists models', () => {
    const models = [{ id: 'openai/gpt-4o', provider: 'openai', created: 0 }];
    expect(anthropic.formatModels(models)).toEqual({
      data: [
        {
          type: 'model',
          id: 'openai/gpt-4o',
          display_name: 'openai/gpt-4o',
          created_at: '1970-01-01T00:00:00Z',
        },
      ],
      has_more: false,
      first_id: 'openai/gpt-4o',
      last_id: 'openai/gpt-4o',
    });
    expect(anthropic.formatModels([])).toMatchObject({ data: [], first_id: null });
  });

  it('meters the events that hold usage, finish or error, with or without their names', () => {
    const { relay } = anthropic.generate!;
    expect(relay.isMetered('message_delta', '')).toBe(true);
    expect(relay.isMetered('content_block_delta', '')).toBe(false);
    expect(relay.isMetered(null, '{"type": "message_start"}')).toBe(true);
    expect(
      relay.isMetered(null, '{"type":"content_block_delta","delta":{"text":"\\"type\\":\\"error\\""}}'),
    ).toBe(false);
  });
});
