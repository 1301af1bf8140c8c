import { describe, expect, it } from 'vitest';
import type { Message, Prompt } from '../../core/content.ts';
import type { Formatted } from '../../core/dialect.ts';
import { formatCountRequest, formatRequest } from './format-request.ts';

const HI: Message = { role: 'user', content: [{ type: 'text', text: 'hi' }] };
const TOOL = { name: 'f', parameters: { type: 'object', properties: {} } };
const STAND_IN = 'c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=';

function format(fields: Partial<Prompt>, model = 'gemini-3.1-flash'): Formatted {
  return formatRequest(
    { messages: [HI], tools: [], sampling: {}, format: { kind: 'text' }, extras: {}, ...fields },
    model,
  );
}

describe('formatRequest', () => {
  it('says as little as the prompt does', () => {
    expect(format({})).toEqual({
      body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
      warnings: [],
    });
  });

  it('sends calls and results with their names, also what is no object', () => {
    const { body } = format({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'S' }] },
        HI,
        {
          role: 'assistant',
          content: [
            { type: 'tool-call', id: 'a', name: 'f', arguments: '{"x":1}', signature: 'google:sig' },
            { type: 'tool-call', id: 'b', name: 'g', arguments: '' },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool-result',
              callId: 'a',
              name: 'f',
              content: [{ type: 'text', text: '{"y":2}' }],
              isError: false,
            },
            {
              type: 'tool-result',
              callId: 'b',
              name: 'g',
              content: [{ type: 'text', text: 'broken' }],
              isError: true,
            },
            { type: 'text', text: 'and?' },
          ],
        },
      ],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'S' }] },
      contents: [
        { role: 'user', parts: [{ text: 'hi' }] },
        {
          role: 'model',
          parts: [
            { functionCall: { id: 'a', name: 'f', args: { x: 1 } }, thoughtSignature: 'sig' },
            { functionCall: { id: 'b', name: 'g', args: {} } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'a', name: 'f', response: { y: 2 } } },
            { functionResponse: { id: 'b', name: 'g', response: { error: 'broken' } } },
            { text: 'and?' },
          ],
        },
      ],
    });
  });

  it('lets a stand-in sign calls that another model made, where signatures are asked for', () => {
    const messages: Message[] = [
      HI,
      {
        role: 'assistant',
        content: [
          { type: 'tool-call', id: 'a', name: 'f', arguments: '{}', signature: 'anthropic:x' },
          { type: 'tool-call', id: 'b', name: 'f', arguments: '{}' },
        ],
      },
    ];
    const parts = (model: string) =>
      (
        format({ messages }, model).body['contents'] as { parts: { thoughtSignature?: string }[] }[]
      )[1]?.parts.map(({ thoughtSignature }) => thoughtSignature);
    expect(parts('gemini-3-flash')).toEqual([STAND_IN, undefined]);
    expect(parts('gemini-2.5-flash')).toEqual([undefined, undefined]);
  });

  it('refuses a result whose call is unknown, and arguments that are no object', () => {
    const orphan = { type: 'tool-result', callId: 'x', name: '', content: [], isError: false } as const;
    expect(() => format({ messages: [{ role: 'user', content: [orphan] }] })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'messages[0].content[0]' }),
    );
    const call = { type: 'tool-call', id: 'a', name: 'f', arguments: '[1]' } as const;
    expect(() => format({ messages: [HI, { role: 'assistant', content: [call] }] })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'messages[1].content[0]' }),
    );
  });

  it('passes URLs on with the type that they show, and takes no file of another provider', () => {
    const url = (url: string) =>
      ({ type: 'media', mediaType: 'image/*', source: { kind: 'url', url } }) as const;
    const { body } = format({
      messages: [
        { role: 'user', content: [url('https://example.com/a.PNG?x=1'), url('https://example.com/a')] },
      ],
    });
    expect(body['contents']).toEqual([
      {
        role: 'user',
        parts: [
          { fileData: { fileUri: 'https://example.com/a.PNG?x=1', mimeType: 'image/png' } },
          { fileData: { fileUri: 'https://example.com/a' } },
        ],
      },
    ]);
    const file = { type: 'media', mediaType: 'image/*', source: { kind: 'file', id: 'file_1' } } as const;
    expect(() => format({ messages: [{ role: 'user', content: [file] }] })).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });

  it('puts media of a result inside it, or after it for models that cannot read it there', () => {
    const messages: Message[] = [
      {
        role: 'user',
        content: [
          {
            type: 'tool-result',
            callId: 'a',
            name: 'f',
            content: [{ type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBO' } }],
            isError: false,
          },
        ],
      },
    ];
    const inline = { inlineData: { mimeType: 'image/png', data: 'iVBO' } };
    const response = { id: 'a', name: 'f', response: { output: '' } };
    expect(format({ messages }).body['contents']).toEqual([
      { role: 'user', parts: [{ functionResponse: { ...response, parts: [inline] } }] },
    ]);
    expect(format({ messages }, 'gemini-2.5-pro').body['contents']).toEqual([
      { role: 'user', parts: [{ functionResponse: response }, inline] },
    ]);
  });

  it('sends back thoughts that Gemini signed, and no others', () => {
    const { body, warnings } = format({
      messages: [
        HI,
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'mine', signature: 'google:a' },
            { type: 'reasoning', text: '', signature: 'google:b' },
            { type: 'reasoning', text: 'not mine', signature: 'anthropic:c' },
          ],
        },
      ],
    });
    expect(body['contents']).toMatchObject([
      {},
      {
        parts: [
          { text: 'mine', thought: true, thoughtSignature: 'a' },
          { text: '', thoughtSignature: 'b' },
        ],
      },
    ]);
    expect(warnings).toEqual([
      'messages[1].content[2]: reasoning without a signature of Gemini cannot be sent to it',
    ]);
  });

  it.each([
    [{ toolChoice: { kind: 'auto' } }, { mode: 'AUTO' }],
    [{ toolChoice: { kind: 'none' } }, { mode: 'NONE' }],
    [{ toolChoice: { kind: 'required' } }, { mode: 'ANY' }],
    [{ toolChoice: { kind: 'tool', name: 'f' } }, { mode: 'ANY', allowedFunctionNames: ['f'] }],
    [{ tools: [{ ...TOOL, strict: true }] }, { mode: 'VALIDATED' }],
    [{}, undefined],
  ] as const)('says %j as %j', (fields, functionCallingConfig) => {
    const { toolConfig } = format({ tools: [TOOL], ...fields }).body;
    expect(toolConfig).toEqual(functionCallingConfig && { functionCallingConfig });
  });

  it.each([
    ['gemini-3.1-flash', { effort: 'none' }, { thinkingLevel: 'MINIMAL' }, 1],
    ['gemini-3.1-pro-preview', { effort: 'minimal' }, { thinkingLevel: 'LOW' }, 1],
    [
      'gemini-3.1-pro-preview',
      { effort: 'high', visible: true },
      { thinkingLevel: 'HIGH', includeThoughts: true },
      0,
    ],
    ['gemini-flash-latest', { effort: 'max' }, { thinkingLevel: 'HIGH' }, 1],
    ['gemini-3.1-flash', { budgetTokens: 999 }, { thinkingBudget: 999 }, 0],
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }, 0],
    ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128 }, 1],
    ['gemini-2.5-pro', { effort: 'xhigh' }, { thinkingBudget: 32_768 }, 0],
    ['gemini-2.5-flash', { budgetTokens: 50_000 }, { thinkingBudget: 24_576 }, 1],
    ['gemini-2.5-flash', { effort: 'medium' }, { thinkingBudget: 8192 }, 0],
    ['gemini-2.0-flash', { effort: 'high' }, undefined, 1],
    ['gemini-2.0-flash', { effort: 'none' }, undefined, 0],
  ] as const)('%s is told %j as %j', (model, reasoning, thinkingConfig, warned) => {
    const { body, warnings } = format({ reasoning }, model);
    expect(body['generationConfig']).toEqual(thinkingConfig && { thinkingConfig });
    expect(warnings).toHaveLength(warned);
  });

  it('asks for JSON, with a schema as it is', () => {
    const schema = { type: 'object', additionalProperties: false };
    expect(format({ format: { kind: 'json' } }).body['generationConfig']).toEqual({
      responseMimeType: 'application/json',
    });
    expect(format({ format: { kind: 'json-schema', name: 'x', schema } }).body['generationConfig']).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    });
  });

  it('asks in words for JSON where it cannot stand beside functions', () => {
    const { body, warnings } = format({ tools: [TOOL], format: { kind: 'json' } }, 'gemini-2.5-pro');
    expect(body).not.toHaveProperty('generationConfig');
    expect(body['systemInstruction']).toMatchObject({ parts: [{ text: expect.stringContaining('JSON') }] });
    expect(warnings).toHaveLength(1);
    expect(format({ tools: [TOOL], format: { kind: 'json' } }).body).toHaveProperty('generationConfig');
  });

  it('warns of what it has no words for', () => {
    const { body, warnings } = format(
      {
        tools: [{ ...TOOL, cache: '5m' }],
        parallelToolCalls: false,
        sampling: { frequencyPenalty: 1, stop: ['1', '2', '3', '4', '5', '6'] },
        serviceTier: 'scale',
        user: 'u',
        metadata: { a: 'b' },
        extras: { store: true },
      },
      'gemini-2.5-flash',
    );
    expect(body['generationConfig']).toEqual({ stopSequences: ['1', '2', '3', '4', '5'] });
    expect(warnings.map((warning) => warning.split(':')[0])).toEqual([
      'store',
      'cache marks',
      'parallel_tool_calls',
      'stop',
      'frequency_penalty, presence_penalty',
      'service_tier',
      'user',
      'metadata',
    ]);
  });

  it('refuses what would change the answer', () => {
    expect(() => format({ extras: { n: 3 } })).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it.each([
    ['default', 'standard'],
    ['flex', 'flex'],
    ['auto', undefined],
  ])('says service tier %s as %s', (serviceTier, sent) => {
    const { body, warnings } = format({ serviceTier });
    expect(body['serviceTier']).toBe(sent);
    expect(warnings).toEqual([]);
  });

  it('counts the whole prompt and nothing else', () => {
    const prompt: Prompt = {
      messages: [{ role: 'system', content: [{ type: 'text', text: 'S' }] }, HI],
      tools: [TOOL],
      sampling: { temperature: 1 },
      format: { kind: 'text' },
      extras: {},
    };
    const { body } = formatCountRequest(prompt, 'gemini-2.5-pro');
    expect(body['generateContentRequest']).toEqual({
      model: 'models/gemini-2.5-pro',
      systemInstruction: { parts: [{ text: 'S' }] },
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: TOOL.parameters }] }],
    });
  });
});
