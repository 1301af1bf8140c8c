import { describe, expect, it } from 'vitest';
import type { Prompt } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import { jsonFixture } from './fixtures.contract.ts';
import { parseRequest } from './parse-request.ts';

function parse(fields: JsonObject): Prompt {
  return parseRequest({ contents: [], ...fields });
}

describe('parseRequest', () => {
  const prompt = parseRequest(jsonFixture('request-agent.json'));

  it('reads an agent request', () => {
    const { messages: _messages, tools: _tools, extras: _extras, ...rest } = prompt;
    expect(rest).toEqual({
      toolChoice: { kind: 'tool', name: 'get_weather' },
      sampling: {
        temperature: 0.4,
        topP: 0.9,
        topK: 40,
        maxOutputTokens: 8192,
        stop: ['END'],
        seed: 7,
        frequencyPenalty: 0.1,
        presencePenalty: 0.2,
      },
      format: { kind: 'text' },
      reasoning: { budgetTokens: 1024, visible: true },
      serviceTier: 'default',
      metadata: { team: 'search' },
    });
  });

  it('reads turns, gives calls without an id one, and ties results to their calls', () => {
    expect(prompt.messages).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'You are a travel agent.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Where was this taken, and what is the weather there?' },
          { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
          {
            type: 'media',
            mediaType: 'image/jpeg',
            source: { kind: 'url', url: 'https://example.com/a.jpg' },
          },
          {
            type: 'media',
            mediaType: 'application/pdf',
            source: { kind: 'file', id: 'https://generativelanguage.googleapis.com/v1beta/files/abc' },
          },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'It looks like Lisbon.' },
          { type: 'text', text: 'Lisbon. Let me look.' },
          { type: 'reasoning', text: '', signature: 'google:CiQBVKhc7g==' },
          {
            type: 'tool-call',
            id: 'gemini_call_0',
            name: 'get_weather',
            arguments: '{"city":"Lisbon"}',
            signature: 'google:CiQBVKhc7h==',
          },
          { type: 'tool-call', id: 'own_id', name: 'get_time', arguments: '{}' },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool-result',
            callId: 'own_id',
            name: 'get_time',
            content: [{ type: 'text', text: 'no clock' }],
            isError: true,
          },
          {
            type: 'tool-result',
            callId: 'gemini_call_0',
            name: 'get_weather',
            content: [{ type: 'text', text: '{"celsius":18,"sky":["clear"]}' }],
            isError: false,
          },
        ],
      },
    ]);
  });

  it('translates schemas of its own kind and keeps what only Gemini knows among the extras', () => {
    expect(prompt.tools).toEqual([
      {
        name: 'get_weather',
        description: 'Current weather of a city.',
        parameters: {
          type: 'object',
          properties: {
            city: { type: 'string', minLength: 1 },
            unit: { type: ['string', 'null'], enum: ['C', 'F', null] },
          },
          required: ['city'],
        },
      },
      { name: 'get_time', parameters: { type: 'object', properties: {} } },
    ]);
    expect(prompt.extras).toEqual({
      'tools[1]': { googleSearch: {} },
      'generationConfig.mediaResolution': 'MEDIA_RESOLUTION_LOW',
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    });
  });

  it('takes snake_case for camelCase, but not within what is the client’s own', () => {
    const { messages, tools, sampling, format, reasoning, toolChoice, extras } = parseRequest(
      jsonFixture('request-snake-case.json'),
    );
    expect(messages).toMatchObject([
      { role: 'system' },
      { role: 'user', content: [{ mediaType: 'image/png' }] },
      { role: 'assistant', content: [{ arguments: '{"some_key":1}', signature: 'google:CiQBVKhc7g==' }] },
      { role: 'user', content: [{ callId: 'gemini_call_0', content: [{ text: 'ok' }] }] },
    ]);
    expect(tools[0]?.parameters).toEqual({ type: 'object', properties: { some_key: { type: 'integer' } } });
    expect({ sampling, reasoning, toolChoice, extras }).toEqual({
      sampling: { maxOutputTokens: 100 },
      reasoning: { effort: 'low' },
      toolChoice: { kind: 'auto' },
      extras: {},
    });
    expect(format).toMatchObject({
      kind: 'json-schema',
      schema: {
        type: 'array',
        minItems: 1,
        items: { anyOf: [{ type: 'string' }, { type: ['number', 'null'] }] },
      },
    });
  });

  it.each([
    [{ thinkingBudget: 0 }, { effort: 'none' }],
    [{ thinkingBudget: -1, includeThoughts: true }, { visible: true }],
    [{ thinkingLevel: 'HIGH' }, { effort: 'high' }],
    [{ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }, {}],
  ])('reads thinkingConfig %j as %j', (thinkingConfig, reasoning) => {
    expect(parse({ generationConfig: { thinkingConfig } }).reasoning).toEqual(reasoning);
  });

  it.each([
    [{ mode: 'NONE' }, { kind: 'none' }, {}],
    [{ mode: 'any' }, { kind: 'required' }, {}],
    [{ mode: 'VALIDATED' }, { kind: 'auto' }, {}],
    [
      { mode: 'ANY', allowedFunctionNames: ['f', 'g'] },
      { kind: 'required' },
      { 'toolConfig.functionCallingConfig.allowedFunctionNames': ['f', 'g'] },
    ],
  ])('reads calling mode %j as %j', (functionCallingConfig, toolChoice, extras) => {
    expect(parse({ toolConfig: { functionCallingConfig } })).toMatchObject({ toolChoice, extras });
  });

  it.each([
    [{ responseMimeType: 'application/json' }, { kind: 'json' }],
    [{ responseMimeType: 'text/plain' }, { kind: 'text' }],
    [
      { responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } },
      { kind: 'json-schema', name: 'answer', schema: { type: 'object' }, strict: false },
    ],
  ])('reads output %j as %j', (generationConfig, format) => {
    expect(parse({ generationConfig })).toMatchObject({ format, extras: {} });
  });

  it('reads a signature that another provider made, and takes the stand-in for none', () => {
    const call = (thoughtSignature: string) => ({
      contents: [{ role: 'model', parts: [{ functionCall: { name: 'f' }, thoughtSignature }] }],
    });
    const wrapped = Buffer.from('anthropic:EqQB').toString('base64');
    expect(parse(call(wrapped)).messages[0]?.content[0]).toMatchObject({ signature: 'anthropic:EqQB' });
    const standIn = Buffer.from('skip_thought_signature_validator').toString('base64');
    expect(parse(call(standIn)).messages[0]?.content[0]).not.toHaveProperty('signature');
    expect(parse(call('skip_thought_signature_validator')).messages[0]?.content[0]).not.toHaveProperty(
      'signature',
    );
  });

  it('keeps parts that it cannot read whole, for they change the answer', () => {
    const part = { executableCode: { language: 'PYTHON', code: '1' } };
    expect(parse({ contents: [{ role: 'model', parts: [part] }] }).extras).toEqual({
      'contents[0].parts[0]': part,
    });
  });

  it.each([
    [{ contents: null }, 'contents'],
    [{ contents: [{ role: 'assistant', parts: [] }] }, 'contents[0].role'],
    [{ contents: [{ role: 'user' }] }, 'contents[0].parts'],
    [{ contents: [{ parts: [{ text: 1 }] }] }, 'contents[0].parts[0].text'],
    [{ contents: [{ parts: [{ inlineData: { data: '' } }] }] }, 'contents[0].parts[0].inlineData.mimeType'],
    [
      { contents: [{ role: 'model', parts: [{ functionCall: {} }] }] },
      'contents[0].parts[0].functionCall.name',
    ],
    [{ tools: [{ functionDeclarations: [{}] }] }, 'tools[0].functionDeclarations[0].name'],
    [{ toolConfig: { functionCallingConfig: { mode: 'MAYBE' } } }, 'toolConfig.functionCallingConfig.mode'],
    [{ generationConfig: { temperature: 'hot' } }, 'generationConfig.temperature'],
    [{ labels: { a: 1 } }, 'labels.a'],
  ])('refuses %j and names %s', (fields, param) => {
    expect(() => parse(fields)).toThrow(expect.objectContaining({ code: 'invalid_request', param }));
  });
});
