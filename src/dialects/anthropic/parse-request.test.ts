import { describe, expect, it } from 'vitest';
import type { Prompt } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import { jsonFixture } from './fixtures.contract.ts';
import { parseRequest } from './parse-request.ts';

const ROUTE = { operation: 'generate' } as const;

function parse(fields: JsonObject): Prompt {
  return parseRequest({ model: 'claude-x', max_tokens: 10, messages: [], ...fields }, ROUTE);
}

describe('parseRequest', () => {
  const prompt = parseRequest(jsonFixture('request-agent.json'), ROUTE);

  it('reads an agent request', () => {
    const { messages: _, tools: __, extras: ___, ...rest } = prompt;
    expect(rest).toEqual({
      toolChoice: { kind: 'auto' },
      parallelToolCalls: false,
      sampling: { maxOutputTokens: 8192, temperature: 1, topK: 40, stop: ['END'] },
      format: { kind: 'text' },
      reasoning: { visible: true, effort: 'high', budgetTokens: 4096 },
      serviceTier: 'default',
      user: 'user-7',
    });
  });

  it('keeps cache marks, media, reasoning with its owner, and names tool results after their calls', () => {
    expect(prompt.messages).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'You are a travel agent.' },
          { type: 'text', text: 'Long terms and conditions.', cache: '1h' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Where was this taken, and what is the weather there?' },
          { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
          { type: 'media', mediaType: 'image/*', source: { kind: 'url', url: 'https://example.com/a.jpg' } },
          { type: 'media', mediaType: 'image/*', source: { kind: 'file', id: 'file_011' } },
          {
            type: 'media',
            mediaType: 'application/pdf',
            source: { kind: 'base64', data: 'JVBERi0=' },
            filename: 'itinerary.pdf',
          },
          { type: 'text', text: 'Day 1: Lisbon' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'It looks like Lisbon.', signature: 'anthropic:EqQBCgIYAg==' },
          { type: 'reasoning', text: '', redacted: 'anthropic:EmwKAhgB' },
          { type: 'text', text: 'Lisbon. Let me look.' },
          { type: 'tool-call', id: 'toolu_01', name: 'get_weather', arguments: '{"city":"Lisbon"}' },
          { type: 'tool-call', id: 'toolu_02', name: 'get_time', arguments: '{}' },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool-result',
            callId: 'toolu_01',
            name: 'get_weather',
            content: [{ type: 'text', text: '18 °C' }],
            isError: false,
          },
          {
            type: 'tool-result',
            callId: 'toolu_02',
            name: 'get_time',
            content: [
              { type: 'text', text: 'no clock' },
              { type: 'media', mediaType: 'image/jpeg', source: { kind: 'base64', data: '/9j/4A==' } },
            ],
            isError: true,
          },
          { type: 'text', text: 'Go on.', cache: '5m' },
        ],
      },
    ]);
  });

  it('keeps what only Anthropic knows among the extras, by path', () => {
    expect(prompt.extras).toEqual({
      'messages[0].content[4].context': 'booked',
      'tools[2]': { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
      context_management: { edits: [] },
    });
    expect(prompt.tools.map(({ name, cache }) => [name, cache])).toEqual([
      ['get_weather', undefined],
      ['get_time', '5m'],
    ]);
  });

  it('keeps a system message at its place', () => {
    const { messages } = parse({
      system: 'first',
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'system', content: 'from now on in French' },
      ],
    });
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'system']);
  });

  it.each([
    [{ thinking: { type: 'adaptive' } }, {}],
    [{ thinking: { type: 'adaptive', display: 'omitted' } }, { visible: false }],
    [{ thinking: { type: 'disabled' } }, { effort: 'none' }],
    [{ output_config: { effort: 'max' } }, { effort: 'max' }],
    [
      { thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' } },
      { visible: false, budgetTokens: 2048 },
    ],
    [{}, undefined],
  ])('reads %j as reasoning %j', (fields, reasoning) => {
    expect(parse(fields).reasoning).toEqual(reasoning);
  });

  it.each([
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    { output_format: { type: 'json_schema', schema: { type: 'object' } } },
  ])('reads a wanted schema from %j', (fields) => {
    expect(parse(fields).format).toEqual({
      kind: 'json-schema',
      name: 'answer',
      schema: { type: 'object' },
      strict: false,
    });
  });

  it.each([
    [{ max_tokens: null }, 'max_tokens'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ max_tokens: '10' }, 'max_tokens'],
    [{ messages: 'hi' }, 'messages'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [{ type: 'image' }] }] }, 'messages[0].content[0].source'],
    [{ messages: [{ role: 'user', content: [{ text: 'x' }] }] }, 'messages[0].content[0].type'],
    [{ tools: [{ name: 'f' }] }, 'tools[0].input_schema'],
    [{ tool_choice: { type: 'tool' } }, 'tool_choice.name'],
    [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    [{ system: 7 }, 'system'],
  ])('refuses %j and names %s', (fields, param) => {
    expect(() => parse(fields)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });

  it('needs no max_tokens to count', () => {
    const body = { model: 'claude-x', messages: [] };
    expect(parseRequest(body, { operation: 'count-tokens' }).sampling).toEqual({});
    expect(() => parseRequest(body, ROUTE)).toThrow('max_tokens');
  });
});
