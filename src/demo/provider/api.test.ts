import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { answer, endpointsOf } from './api.ts';
import type { ProviderApi } from './api.ts';
import type { SimulatedAnswer } from './wire.ts';
import { createWorld } from './world.ts';

const AUTH: Readonly<Record<ProviderApi, Readonly<Record<string, string>>>> = {
  openai: { authorization: 'Bearer sk-test' },
  'openai-compatible': { authorization: 'Bearer token' },
  anthropic: { 'x-api-key': 'sk-ant-test', 'anthropic-version': '2023-06-01' },
  google: { 'x-goog-api-key': 'AIza-test' },
};

function post(
  api: ProviderApi,
  url: string,
  body: JsonObject,
  headers: Readonly<Record<string, string>> = AUTH[api],
): SimulatedAnswer & { readonly text: string } {
  const { pathname, searchParams } = new URL(url, 'http://provider');
  const found = answer(
    endpointsOf(api, ['a-model']),
    {
      method: 'POST',
      path: pathname,
      query: searchParams,
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(JSON.stringify(body)),
    },
    createWorld({ now: () => 1_700_000_000_000 }),
  );
  return { ...found, text: found.chunks.join('') };
}

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const MESSAGES = '/v1/messages';
const GENERATE = '/v1beta/models/gemini-2.5-flash:generateContent';

const hi = [{ role: 'user', content: 'hi' }];
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} };
const toolResult = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'r' };
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const functionCall = { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] };
const image = { type: 'image', source: { type: 'base64', media_type: 'image/bmp', data: 'AAAA' } };

const REFUSED: readonly (readonly [string, ProviderApi, string, JsonObject, string])[] = [
  [
    'an unknown field',
    'openai',
    CHAT,
    { model: 'gpt-4o', messages: hi, top_k: 1 },
    "Unknown parameter: 'top_k'.",
  ],
  [
    'an unknown nested field',
    'openai',
    CHAT,
    {
      model: 'gpt-4o',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: {} }] }],
    },
    "Unknown parameter: 'messages[0].content[0].cache_control'.",
  ],
  ['no messages', 'openai', CHAT, { model: 'gpt-4o' }, "Missing required parameter: 'messages'."],
  [
    'a wrong role',
    'openai',
    CHAT,
    { model: 'gpt-4o', messages: [{ role: 'model', content: 'x' }] },
    'messages[0].role',
  ],
  [
    'a tool result without a call',
    'openai',
    CHAT,
    { model: 'gpt-4o', messages: [...hi, { role: 'tool', tool_call_id: 'call_1', content: 'x' }] },
    "messages with role 'tool' must be a response",
  ],
  [
    'a call without a result',
    'openai',
    CHAT,
    { model: 'gpt-4o', messages: [...hi, { role: 'assistant', content: null, tool_calls: [call] }] },
    'did not have response messages: call_1',
  ],
  [
    'max_tokens for a model that reasons',
    'openai',
    CHAT,
    { model: 'gpt-5', messages: hi, max_tokens: 5 },
    "Use 'max_completion_tokens' instead.",
  ],
  [
    'a strict schema with an optional property',
    'openai',
    CHAT,
    {
      model: 'gpt-4o',
      messages: hi,
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'x',
          strict: true,
          schema: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
        },
      },
    },
    "Missing 'a'.",
  ],
  [
    'tool_choice without tools',
    'openai',
    CHAT,
    { model: 'gpt-4o', messages: hi, tool_choice: 'auto' },
    'only allowed when',
  ],
  [
    'chat fields in Responses',
    'openai',
    RESPONSES,
    { model: 'gpt-4o', input: 'x', messages: hi },
    "'messages'",
  ],
  [
    'stop in Responses',
    'openai',
    RESPONSES,
    { model: 'gpt-4o', input: 'x', stop: ['a'] },
    "Unknown parameter: 'stop'.",
  ],
  [
    'input_text from the assistant',
    'openai',
    RESPONSES,
    { model: 'gpt-4o', input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }] },
    'input[0].content[0].type',
  ],
  [
    'an output of no call',
    'openai',
    RESPONSES,
    { model: 'gpt-4o', input: [{ type: 'function_call_output', call_id: 'c1', output: 'x' }] },
    'No tool call found for function call output with call_id c1.',
  ],
  [
    'a tiny limit in Responses',
    'openai',
    RESPONSES,
    { model: 'gpt-4o', input: 'x', max_output_tokens: 5 },
    'max_output_tokens',
  ],
  [
    'no max_tokens',
    'anthropic',
    MESSAGES,
    { model: 'claude-sonnet-4-5', messages: hi },
    'max_tokens: Field required',
  ],
  [
    'an unknown field',
    'anthropic',
    MESSAGES,
    { model: 'claude-sonnet-4-5', max_tokens: 9, messages: hi, seed: 1 },
    'seed: Extra inputs are not permitted',
  ],
  [
    'a system message in the list',
    'anthropic',
    MESSAGES,
    { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'system', content: 'x' }] },
    'messages.0.role',
  ],
  [
    'the assistant first',
    'anthropic',
    MESSAGES,
    { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'assistant', content: 'x' }] },
    'first message must use',
  ],
  [
    'a call without a result',
    'anthropic',
    MESSAGES,
    {
      model: 'claude-sonnet-4-5',
      max_tokens: 9,
      messages: [...hi, { role: 'assistant', content: [toolUse] }, ...hi],
    },
    '`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1',
  ],
  [
    'a result without a call',
    'anthropic',
    MESSAGES,
    { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: [toolResult] }] },
    'unexpected `tool_use_id` found',
  ],
  [
    'text before a result',
    'anthropic',
    MESSAGES,
    {
      model: 'claude-sonnet-4-5',
      max_tokens: 9,
      messages: [
        ...hi,
        { role: 'assistant', content: [toolUse] },
        { role: 'user', content: [{ type: 'text', text: 'x' }, toolResult] },
      ],
    },
    'without `tool_result` blocks immediately after',
  ],
  [
    "another provider's thoughts",
    'anthropic',
    MESSAGES,
    {
      model: 'claude-sonnet-4-5',
      max_tokens: 9,
      messages: [
        ...hi,
        { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: 'AAAA' }] },
        ...hi,
      ],
    },
    'Invalid `signature` in `thinking` block',
  ],
  [
    'an image of another type',
    'anthropic',
    MESSAGES,
    { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: [image] }] },
    'media_type',
  ],
  [
    'a temperature of 1.5',
    'anthropic',
    MESSAGES,
    { model: 'claude-sonnet-4-5', max_tokens: 9, messages: hi, temperature: 1.5 },
    'temperature: Input should be less than or equal to 1',
  ],
  [
    'an unknown field',
    'google',
    GENERATE,
    { contents, messages: [] },
    'Unknown name \\"messages\\": Cannot find field.',
  ],
  [
    'an unknown nested field',
    'google',
    GENERATE,
    { contents, generationConfig: { maxTokens: 1 } },
    'Unknown name \\"maxTokens\\" at \'generation_config\': Cannot find field.',
  ],
  [
    'a wrong role',
    'google',
    GENERATE,
    { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] },
    'valid role: user, model',
  ],
  ['no parts', 'google', GENERATE, { contents: [{ role: 'user', parts: [] }] }, 'must not be empty'],
  [
    'JSON Schema words in an OpenAPI schema',
    'google',
    GENERATE,
    {
      contents,
      tools: [
        {
          functionDeclarations: [{ name: 'f', parameters: { type: 'object', additionalProperties: false } }],
        },
      ],
    },
    'Unknown name \\"additionalProperties\\" at \'tools[0].function_declarations[0].parameters\'',
  ],
  [
    'fewer results than calls',
    'google',
    GENERATE,
    { contents: [...contents, functionCall, { role: 'user', parts: [{ text: 'x' }] }] },
    'number of function response parts',
  ],
  [
    'a schema without its MIME type',
    'google',
    GENERATE,
    { contents, generationConfig: { responseSchema: { type: 'OBJECT' } } },
    'response_mime_type must be application/json',
  ],
  [
    'a call without its signature',
    'google',
    '/v1beta/models/gemini-3-pro-preview:generateContent',
    {
      contents: [
        ...contents,
        functionCall,
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { result: 'x' } } }] },
      ],
    },
    'missing a thought_signature',
  ],
];

describe('the simulated providers refuse what the real ones refuse', () => {
  it.each(REFUSED)('%s (%s)', (_what, api, path, body, message) => {
    const refused = post(api, path, body);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain(message);
  });

  it('unknown fields at a compatible server are ignored', () => {
    expect(post('openai-compatible', CHAT, { model: 'm', messages: hi, top_k: 1 }).status).toBe(200);
  });

  const bodies: readonly (readonly [ProviderApi, string, JsonObject])[] = [
    ['openai', CHAT, { model: 'gpt-4o', messages: hi }],
    ['openai-compatible', CHAT, { model: 'llama', messages: hi }],
    ['anthropic', MESSAGES, { model: 'claude-sonnet-4-5', max_tokens: 9, messages: hi }],
    ['google', GENERATE, { contents }],
  ];

  it.each(bodies)('a missing or wrong key (%s)', (api, path, body) => {
    expect(post(api, path, body, {}).status).toBe(api === 'google' ? 403 : 401);
    const wrong = Object.fromEntries(
      Object.entries(AUTH[api]).map(([name, value]) => [
        name,
        name === 'anthropic-version' ? value : value.replace(/\S+$/, 'wrong-key'),
      ]),
    );
    expect(post(api, path, body, wrong).status).toBe(api === 'google' ? 400 : 401);
    expect(post(api, path, body).status).toBe(200);
  });

  it.each(bodies)("another provider's header (%s)", (api, path, body) => {
    const foreign = api === 'google' ? AUTH.openai : AUTH.google;
    expect(post(api, path, body, foreign).status).toBeGreaterThanOrEqual(401);
  });

  it.each(bodies)('an unknown model (%s)', (api, path, body) => {
    const asked = { ...body, ...('model' in body && { model: 'no-such-model' }) };
    const refused = post(api, path.replace('gemini-2.5-flash', 'no-such-model'), asked);
    expect(refused.status).toBe(404);
    expect(refused.text).toContain('no-such-model');
  });
});

describe('the simulated providers answer', () => {
  it('the same request with the same text', () => {
    const body = { model: 'gpt-4o', messages: hi };
    expect(post('openai', CHAT, body).text).toBe(post('openai', CHAT, body).text);
  });

  it('a stream with the text of the whole answer, in several pieces', () => {
    const body = { model: 'gpt-4o', messages: hi };
    const whole = JSON.parse(post('openai', CHAT, body).text) as {
      choices: { message: { content: string } }[];
    };
    const streamed = post('openai', CHAT, { ...body, stream: true });
    const said = streamed.chunks.flatMap((chunk) => /"content":"((?:[^"\\]|\\.)*)"/.exec(chunk)?.[1] ?? []);
    expect(said.length).toBeGreaterThan(3);
    expect(said.join('')).toBe(whole.choices[0]?.message.content);
    expect(streamed.chunks.at(-1)).toBe('data: [DONE]\n\n');
  });

  it('a JSON array when Gemini is not asked for SSE', () => {
    const streamed = post('google', '/v1beta/models/gemini-2.5-flash:streamGenerateContent', { contents });
    const parsed = JSON.parse(streamed.text) as { candidates: { finishReason?: string }[] }[];
    expect(parsed.length).toBeGreaterThan(2);
    expect(parsed.at(-1)?.candidates[0]?.finishReason).toBe('STOP');
  });
});
