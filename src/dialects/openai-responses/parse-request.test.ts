import { describe, expect, it } from 'vitest';
import { isCallError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { jsonFixture } from './fixtures.contract.ts';
import { parseRequest } from './parse-request.ts';

const parse = (fields: JsonObject) => parseRequest({ model: 'm', input: 'Hi', ...fields });

function paramOf(fields: JsonObject): string | undefined {
  try {
    parse(fields);
  } catch (error) {
    if (isCallError(error) && error.code === 'invalid_request') return error.param;
    throw error;
  }
  return 'no error';
}

describe('parseRequest of responses', () => {
  it('reads the whole API', () => {
    expect(parseRequest(jsonFixture('request-everything.json'))).toEqual({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Answer briefly.' }] },
        { role: 'system', content: [{ type: 'text', text: 'You are a bot.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is in these?' },
            {
              type: 'media',
              mediaType: 'image/*',
              source: { kind: 'url', url: 'https://example.com/cat.png' },
              detail: 'high',
            },
            {
              type: 'media',
              mediaType: 'image/jpeg',
              source: { kind: 'base64', data: '/9j/AA==' },
              detail: 'auto',
            },
            { type: 'media', mediaType: 'image/*', source: { kind: 'file', id: 'file-img' } },
            {
              type: 'media',
              mediaType: 'application/pdf',
              source: { kind: 'base64', data: 'JVBERi0=' },
              filename: 'report.pdf',
            },
            {
              type: 'media',
              mediaType: 'text/plain',
              source: { kind: 'url', url: 'https://example.com/notes.txt' },
            },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'First.\n\nSecond.', signature: 'openai:rs_1:gAAAA' },
            { type: 'text', text: 'Let me look.' },
            { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city": "Oslo"}' },
            { type: 'tool-call', id: 'call_b', name: 'photo', arguments: '{}' },
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
              name: 'photo',
              content: [
                { type: 'text', text: 'a photo' },
                {
                  type: 'media',
                  mediaType: 'image/png',
                  source: { kind: 'base64', data: 'iVBORw0KGgo=' },
                },
              ],
              isError: false,
            },
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'Go on.' }] },
      ],
      tools: [
        {
          name: 'weather',
          description: 'Current weather',
          parameters: { type: 'object', properties: {} },
          strict: true,
        },
      ],
      toolChoice: { kind: 'tool', name: 'weather' },
      parallelToolCalls: false,
      sampling: { temperature: 0.2, topP: 0.9, maxOutputTokens: 500 },
      format: {
        kind: 'json-schema',
        name: 'reply',
        description: 'A reply',
        schema: { type: 'object' },
        strict: true,
      },
      reasoning: { effort: 'low', visible: true },
      serviceTier: 'flex',
      user: 'user-1',
      metadata: { feature: 'search' },
      extras: {
        'tools[1]': { type: 'web_search' },
        'text.verbosity': 'low',
        store: true,
        truncation: 'auto',
        previous_response_id: 'resp_0',
      },
    });
  });

  it.each<[string, JsonObject]>([
    ['input', { input: null }],
    ['input', { input: 3 }],
    ['input[0]', { input: ['Hi'] }],
    ['input[0].role', { input: [{ content: 'Hi' }] }],
    ['input[0].content', { input: [{ role: 'user' }] }],
    ['input[0].content[0].image_url', { input: [{ role: 'user', content: [{ type: 'input_image' }] }] }],
    ['input[0].content[0].file_data', { input: [{ role: 'user', content: [{ type: 'input_file' }] }] }],
    ['input[0].arguments', { input: [{ type: 'function_call', call_id: 'a', name: 'f' }] }],
    ['input[0].output', { input: [{ type: 'function_call_output', call_id: 'a' }] }],
    ['input[0].summary[0].text', { input: [{ type: 'reasoning', summary: [{}] }] }],
    ['instructions', { instructions: ['x'] }],
    ['tools[0].name', { tools: [{ type: 'function' }] }],
    ['tool_choice.name', { tool_choice: { type: 'function' } }],
    ['text.format.name', { text: { format: { type: 'json_schema' } } }],
    ['max_output_tokens', { max_output_tokens: '5' }],
    ['reasoning.effort', { reasoning: { effort: 5 } }],
  ])('blames %s', (param, fields) => {
    expect(paramOf(fields)).toBe(param);
  });

  it.each<[string, Json, JsonObject]>([
    ['input[0]', { type: 'item_reference', id: 'x' }, { input: [{ type: 'item_reference', id: 'x' }] }],
    ['input[0].id', 'rs_1', { input: [{ type: 'item_reference', id: 'rs_1' }] }],
    [
      'input[0].content[0]',
      { type: 'input_video' },
      { input: [{ role: 'user', content: [{ type: 'input_video' }] }] },
    ],
    ['tools[0]', { type: 'mcp' }, { tools: [{ type: 'mcp' }] }],
    ['tool_choice', { type: 'mcp' }, { tool_choice: { type: 'mcp' } }],
    ['background', true, { background: true }],
    ['include', ['file_search_call.results'], { include: ['file_search_call.results'] }],
    ['reasoning.context', 'x', { reasoning: { context: 'x' } }],
  ])('keeps %s among the extras', (path, value, fields) => {
    expect(parse(fields).extras).toEqual({ [path]: value });
  });

  it('needs no input where the provider has it', () => {
    expect(parseRequest({ model: 'm', prompt: { id: 'pmpt_1' } }).extras).toEqual({
      prompt: { id: 'pmpt_1' },
    });
  });

  it('keeps no extra that asks for nothing', () => {
    const fields = {
      background: false,
      store: false,
      truncation: 'disabled',
      include: ['reasoning.encrypted_content'],
    };
    expect(parse(fields).extras).toEqual({});
  });
});
