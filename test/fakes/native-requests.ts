import type { JsonObject } from '../../src/core/json.ts';
import type { ProviderApi } from '../../src/demo/provider/api.ts';

/** A minimal valid request in a provider's own wire format, for tests that talk raw HTTP. */
export interface NativeRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

export const FAKE_KEY: Readonly<Record<ProviderApi, string>> = {
  openai: 'sk-fake-openai',
  anthropic: 'sk-ant-fake-anthropic',
  google: 'AIza-fake-google',
  'openai-compatible': 'fake-compatible',
};

export function nativeRequest(
  api: ProviderApi,
  text: string,
  stream: boolean,
  extra: JsonObject = {},
): NativeRequest {
  const json = { 'content-type': 'application/json' };
  const messages = [{ role: 'user', content: text }];
  switch (api) {
    case 'openai':
    case 'openai-compatible':
      return {
        path: '/v1/chat/completions',
        headers: { ...json, authorization: `Bearer ${FAKE_KEY[api]}` },
        body: { model: api === 'openai' ? 'gpt-4o-mini' : 'llama-3.1-8b', messages, stream, ...extra },
      };
    case 'anthropic':
      return {
        path: '/v1/messages',
        headers: { ...json, 'x-api-key': FAKE_KEY.anthropic, 'anthropic-version': '2023-06-01' },
        body: { model: 'claude-sonnet-4-5', max_tokens: 500, messages, stream, ...extra },
      };
    case 'google':
      return {
        path: `/v1beta/models/gemini-2.5-flash:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
        headers: { ...json, 'x-goog-api-key': FAKE_KEY.google },
        body: { contents: [{ role: 'user', parts: [{ text }] }], ...extra },
      };
  }
}
