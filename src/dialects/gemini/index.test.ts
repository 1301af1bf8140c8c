import { describe, expect, it } from 'vitest';
import type { Route } from '../../core/dialect.ts';
import { gemini } from './index.ts';

function route(path: string, query = '', method = 'POST'): Route | null {
  return gemini.route(method, path, new URLSearchParams(query));
}

describe('gemini', () => {
  it.each([
    [
      '/v1beta/models/gemini-2.5-pro:generateContent',
      { operation: 'generate', model: 'gemini-2.5-pro', stream: false },
    ],
    [
      '/v1/models/gemini-2.5-pro:countTokens',
      { operation: 'count-tokens', model: 'gemini-2.5-pro', stream: false },
    ],
    ['/v1beta/models/m:embedContent', { operation: 'embed', model: 'm', stream: false }],
    ['/v1beta/models/m:batchEmbedContents', { operation: 'embed', model: 'm', stream: false }],
    [
      '/v1beta/models/openai/gpt-4o:generateContent',
      { operation: 'generate', model: 'openai/gpt-4o', stream: false },
    ],
    [
      '/v1beta/models/openai%2Fgpt-4o:generateContent',
      { operation: 'generate', model: 'openai/gpt-4o', stream: false },
    ],
    ['/v1beta/models/models/m:generateContent', { operation: 'generate', model: 'm', stream: false }],
    [
      '/v1beta/models/ollama/llama3:8b:generateContent',
      { operation: 'generate', model: 'ollama/llama3:8b', stream: false },
    ],
    [
      '/v1beta/tunedModels/mine:generateContent',
      { operation: 'generate', model: 'tunedModels/mine', stream: false },
    ],
    [
      '/v1beta/openai/gpt-4o:generateContent',
      { operation: 'generate', model: 'openai/gpt-4o', stream: false },
    ],
    ['/v1beta/models/m:predict', null],
    ['/v1beta/models/m', null],
    ['/v1beta/models/%E0%A4%A:generateContent', null],
    ['/v1/chat/completions', null],
  ])('routes %s to %j', (path, expected) => {
    expect(route(path)).toEqual(expected);
  });

  it('frames a stream as the query asks', () => {
    const path = '/v1beta/models/m:streamGenerateContent';
    expect(route(path, 'alt=sse')).toMatchObject({ stream: true, framing: 'sse' });
    expect(route(path, 'key=x')).toMatchObject({ stream: true, framing: 'json-array' });
    expect(route(path, '', 'GET')).toBeNull();
  });

  it('finds its way upstream', () => {
    const path = (...rest: Parameters<typeof gemini.upstreamPath>) => gemini.upstreamPath(...rest);
    expect(path('generate', 'gemini-2.5-pro', false)).toBe('/v1beta/models/gemini-2.5-pro:generateContent');
    expect(path('generate', 'm', true)).toBe('/v1beta/models/m:streamGenerateContent?alt=sse');
    expect(path('count-tokens', 'tunedModels/a b', false)).toBe('/v1beta/tunedModels/a%20b:countTokens');
    expect(path('embed', 'm', false)).toBe('/v1beta/models/m:batchEmbedContents');
    expect(path('embed', 'm', false, '/v1beta/models/alias:embedContent')).toBe(
      '/v1beta/models/m:embedContent',
    );
    expect(() => path('relay', 'm', false)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it('names the model wherever a relayed body repeats it', () => {
    expect(gemini.modelFields('m')).toEqual({});
    expect(gemini.modelFields('m', { contents: [] })).toEqual({});
    expect(
      gemini.modelFields('m', { requests: [{ model: 'models/alias', content: 1 }, { content: 2 }] }),
    ).toEqual({
      requests: [{ model: 'models/m', content: 1 }, { content: 2 }],
    });
    expect(gemini.modelFields('m', { generateContentRequest: { model: 'models/alias' } })).toEqual({
      generateContentRequest: { model: 'models/m' },
    });
  });

  it('identifies a request by its path', () => {
    const request = { operation: 'generate', model: 'm', stream: true } as const;
    expect(gemini.identify({}, request)).toEqual({ model: 'm', stream: true });
    expect(() => gemini.identify({}, { operation: 'generate' })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });

  it('takes labels for tags', () => {
    expect(gemini.attribution({ labels: { team: 'search', odd: 1 } })).toEqual({
      user: null,
      tags: { team: 'search' },
    });
    expect(gemini.attribution({ labels: 'x' })).toEqual({ user: null, tags: {} });
  });

  it('counts, of contents alone or of a whole request', () => {
    const { count } = gemini;
    const request = { operation: 'count-tokens' } as const;
    const contents = [{ parts: [{ text: 'hi' }] }];
    const whole = {
      generate_content_request: {
        model: 'models/m',
        contents,
        system_instruction: { parts: [{ text: 'S' }] },
      },
    };
    expect(count?.parseRequest({ contents }, request).messages).toHaveLength(1);
    expect(count?.parseRequest(whole, request)).toMatchObject({
      messages: [{ role: 'system' }, { role: 'user' }],
      extras: {},
    });
    expect(count?.parseResponse({ totalTokens: 12 })).toBe(12);
    expect(count?.formatResponse(12)).toEqual({ totalTokens: 12 });
    expect(() => count?.parseResponse({ totalTokens: 'x' })).toThrow(
      expect.objectContaining({ code: 'upstream_garbage' }),
    );
  });

  it('lists models', () => {
    expect(gemini.formatModels([{ id: 'fast', provider: 'x', created: 0 }])).toMatchObject({
      models: [{ name: 'models/fast', displayName: 'fast' }],
    });
  });
});
