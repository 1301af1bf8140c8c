import { describe, expect, it } from 'vitest';
import { isCallError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { jsonFixture } from './fixtures.contract.ts';
import { parseRequest } from './parse-request.ts';

const user = { role: 'user', content: 'Hi' };
const parse = (fields: JsonObject) => parseRequest({ model: 'm', messages: [user], ...fields });

function paramOf(body: JsonObject): string | undefined {
  try {
    parseRequest(body);
  } catch (error) {
    if (isCallError(error) && error.code === 'invalid_request') return error.param;
    throw error;
  }
  return 'no error';
}

describe('parseRequest of chat completions', () => {
  it('reads the whole API', () => {
    expect(parseRequest(jsonFixture('request-everything.json'))).toEqual({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Answer briefly.' }] },
        { role: 'system', content: [{ type: 'text', text: 'You are a bot.', cache: '1h' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is in these?' },
            {
              type: 'media',
              mediaType: 'image/*',
              source: { kind: 'url', url: 'https://example.com/cat.png' },
              detail: 'low',
            },
            { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
            { type: 'media', mediaType: 'audio/wav', source: { kind: 'base64', data: 'UklGRg==' } },
            {
              type: 'media',
              mediaType: 'application/pdf',
              source: { kind: 'base64', data: 'JVBERi0=' },
              filename: 'report.pdf',
            },
            { type: 'media', mediaType: 'application/pdf', source: { kind: 'file', id: 'file-abc' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Two tools will do.' },
            { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city": "Oslo"}' },
            { type: 'tool-call', id: 'call_b', name: 'time', arguments: '{}' },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool-result',
              callId: 'call_a',
              name: 'weather',
              content: [{ type: 'text', text: 'rain' }],
              isError: false,
            },
            {
              type: 'tool-result',
              callId: 'call_b',
              name: 'time',
              content: [{ type: 'text', text: 'noon' }],
              isError: false,
            },
          ],
        },
        {
          role: 'assistant',
          content: [{ type: 'tool-call', id: 'call_2_older', name: 'older', arguments: '{}' }],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool-result',
              callId: 'call_2_older',
              name: 'older',
              content: [{ type: 'text', text: 'done' }],
              isError: false,
            },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: 'I would rather not.' }] },
        { role: 'user', content: [{ type: 'text', text: 'Go on.' }] },
      ],
      tools: [
        {
          name: 'weather',
          description: 'Current weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
          strict: true,
        },
        { name: 'time', parameters: { type: 'object', properties: {} } },
      ],
      toolChoice: { kind: 'tool', name: 'weather' },
      parallelToolCalls: false,
      sampling: {
        temperature: 0.2,
        topP: 0.9,
        topK: 40,
        maxOutputTokens: 500,
        stop: ['END'],
        seed: 7,
        frequencyPenalty: 0.1,
        presencePenalty: -0.1,
      },
      format: {
        kind: 'json-schema',
        name: 'reply',
        description: 'A reply',
        schema: { type: 'object' },
        strict: true,
      },
      reasoning: { effort: 'low' },
      serviceTier: 'flex',
      user: 'user-1',
      metadata: { feature: 'search' },
      extras: {
        'messages[2].name': 'ann',
        n: 2,
        logit_bias: { 50256: -100 },
        prompt_cache_key: 'k',
      },
    });
  });

  it.each<[string, JsonObject]>([
    ['messages', { messages: [] }],
    ['messages', { messages: 'Hi' }],
    ['messages[0]', { messages: ['Hi'] }],
    ['messages[0].role', { messages: [{ content: 'Hi' }] }],
    ['messages[0].role', { messages: [{ role: 'robot', content: 'Hi' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
    [
      'messages[0].content[1].type',
      { messages: [{ role: 'user', content: [{ type: 'text', text: '' }, {}] }] },
    ],
    [
      'messages[0].content[0].image_url.url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    ],
    [
      'messages[0].content[0].type',
      { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: 'x' }] }] },
    ],
    [
      'messages[1].tool_calls[0].function.arguments',
      {
        messages: [
          user,
          {
            role: 'assistant',
            tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: {} } }],
          },
        ],
      },
    ],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: 'x' }] }],
    ['temperature', { temperature: 'hot' }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['stop[1]', { stop: ['a', 2] }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: {} }] }],
    ['tool_choice', { tool_choice: 'perhaps' }],
    ['response_format.json_schema', { response_format: { type: 'json_schema' } }],
    ['metadata.a', { metadata: { a: 1 } }],
  ])('blames %s', (param, fields) => {
    expect(paramOf({ model: 'm', messages: [user], ...fields })).toBe(param);
  });

  it.each<[string, Json, JsonObject]>([
    [
      'tools[0]',
      { type: 'custom', custom: { name: 'x' } },
      { tools: [{ type: 'custom', custom: { name: 'x' } }] },
    ],
    ['tool_choice', { type: 'allowed_tools' }, { tool_choice: { type: 'allowed_tools' } }],
    [
      'messages[0].content[0]',
      { type: 'video_url' },
      { messages: [{ role: 'user', content: [{ type: 'video_url' }] }] },
    ],
    ['response_format', { type: 'grammar' }, { response_format: { type: 'grammar' } }],
    ['reasoning_effort', 'turbo', { reasoning_effort: 'turbo' }],
    ['logprobs', 5, { logprobs: 5 }],
    ['audio', { voice: 'alloy' }, { audio: { voice: 'alloy' } }],
    ['web_search_options', {}, { web_search_options: {} }],
  ])('keeps %s among the extras', (path, value, fields) => {
    expect(parse(fields).extras).toEqual({ [path]: value });
  });

  it('keeps no extra that asks for nothing', () => {
    expect(
      parse({ n: 1, logprobs: false, modalities: ['text'], store: false, logit_bias: {}, top_k: -1 }).extras,
    ).toEqual({});
  });

  it('takes null for absent everywhere', () => {
    const nulls = Object.fromEntries(
      [
        'tools',
        'tool_choice',
        'stop',
        'seed',
        'temperature',
        'max_tokens',
        'response_format',
        'metadata',
        'user',
        'n',
      ].map((key) => [key, null]),
    );
    expect(parse(nulls)).toEqual(parse({}));
  });

  it('prefers max_completion_tokens, and reads the older functions as tools', () => {
    expect(parse({ max_tokens: 1, max_completion_tokens: 2 }).sampling).toEqual({ maxOutputTokens: 2 });
    const older = parse({
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
    });
    expect(older.tools).toEqual([{ name: 'f', parameters: { type: 'object' } }]);
    expect(older.toolChoice).toEqual({ kind: 'tool', name: 'f' });
  });

  it('carries the thought signature of Gemini that a client brings back', () => {
    const call = {
      id: 'a',
      type: 'function',
      function: { name: 'f', arguments: '{}' },
      extra_content: { google: { thought_signature: 'CiQ=' } },
    };
    const prompt = parse({ messages: [user, { role: 'assistant', tool_calls: [call] }] });
    expect(prompt.messages[1]?.content[0]).toMatchObject({ signature: 'google:CiQ=' });
    expect(prompt.extras).toEqual({});
  });

  it('reads 10,000 messages and deeply nested schemas in linear time', () => {
    const messages = Array.from({ length: 10_000 }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: 'x',
    }));
    let parameters: JsonObject = { type: 'string' };
    for (let depth = 0; depth < 20_000; depth++) parameters = { items: parameters };
    const started = performance.now();
    const prompt = parse({ messages, tools: [{ type: 'function', function: { name: 'f', parameters } }] });
    expect(prompt.messages).toHaveLength(10_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
