import { describe, expect, it } from 'vitest';
import type { Message, Prompt } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import { formatCountRequest, formatRequest } from './format-request.ts';

const HI: Message = { role: 'user', content: [{ type: 'text', text: 'hi' }] };
const TOOL = { name: 'f', parameters: { type: 'object', properties: {} } };

function prompt(fields: Partial<Prompt>): Prompt {
  return {
    messages: [HI],
    tools: [],
    sampling: { maxOutputTokens: 4000 },
    format: { kind: 'text' },
    extras: {},
    ...fields,
  };
}

function format(
  fields: Partial<Prompt>,
  model = 'claude-sonnet-4-5',
): { body: JsonObject; warnings: readonly string[] } {
  return formatRequest(prompt(fields), model, false);
}

describe('formatRequest', () => {
  it('says as little as the prompt does', () => {
    expect(format({})).toEqual({
      body: {
        model: 'claude-sonnet-4-5',
        max_tokens: 4000,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      },
      warnings: [],
    });
  });

  it('sets max_tokens, which is required, and says so', () => {
    const { body, warnings } = format({ sampling: {} });
    expect(body['max_tokens']).toBe(16_384);
    expect(warnings).toEqual(['max_tokens: Anthropic requires it, sent 16384']);
    expect(format({ sampling: {} }, 'claude-3-haiku-20240307').body['max_tokens']).toBe(4096);
  });

  it('sends tool calls and results, results first, with ids that the API takes', () => {
    const { body } = format({
      messages: [
        HI,
        {
          role: 'assistant',
          content: [{ type: 'tool-call', id: 'functions.f:0', name: 'f', arguments: '{"a":1}' }],
        },
        { role: 'user', content: [{ type: 'text', text: 'and?' }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool-result',
              callId: 'functions.f:0',
              name: 'f',
              content: [{ type: 'text', text: 'no' }],
              isError: true,
              cache: '1h',
            },
          ],
        },
      ],
    });
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'functions_2ef_3a0', name: 'f', input: { a: 1 } }],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'functions_2ef_3a0',
            content: [{ type: 'text', text: 'no' }],
            is_error: true,
            cache_control: { type: 'ephemeral', ttl: '1h' },
          },
          { type: 'text', text: 'and?' },
        ],
      },
    ]);
  });

  it('refuses arguments that are no JSON object, and names the call', () => {
    const call = { type: 'tool-call', id: 'a', name: 'f', arguments: '{"half":' } as const;
    expect(() => format({ messages: [HI, { role: 'assistant', content: [call] }] })).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'messages[1].content[0]' }),
    );
  });

  it('sends back its own thinking alone', () => {
    const { body, warnings } = format({
      messages: [
        HI,
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'mine', signature: 'anthropic:sig' },
            { type: 'reasoning', text: '', redacted: 'anthropic:data' },
            { type: 'reasoning', text: 'not mine', signature: 'google:sig' },
            { type: 'text', text: 'done' },
          ],
        },
      ],
    });
    expect(body['messages']).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'mine', signature: 'sig' },
          { type: 'redacted_thinking', data: 'data' },
          { type: 'text', text: 'done' },
        ],
      },
    ]);
    expect(warnings).toEqual([
      'messages[1].content[2]: reasoning of another provider cannot be sent to Anthropic',
    ]);
  });

  it('names media that it cannot send', () => {
    const audio = { type: 'media', mediaType: 'audio/wav', source: { kind: 'base64', data: '' } } as const;
    expect(() => format({ messages: [{ role: 'user', content: [audio] }] })).toThrow(
      expect.objectContaining({ code: 'unsupported', param: 'messages[0].content[0]' }),
    );
  });

  it('sends text files as text and passes URLs on', () => {
    const { body } = format({
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'media',
              mediaType: 'text/csv',
              source: { kind: 'base64', data: 'YSxi' },
              filename: 'a.csv',
            },
            { type: 'media', mediaType: 'image/*', source: { kind: 'url', url: 'https://example.com/a' } },
            { type: 'media', mediaType: 'application/*', source: { kind: 'file', id: 'file_1' } },
          ],
        },
      ],
    });
    expect(body['messages']).toMatchObject([
      {
        content: [
          {
            type: 'document',
            title: 'a.csv',
            source: { type: 'text', media_type: 'text/plain', data: 'a,b' },
          },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a' } },
          { type: 'document', source: { type: 'file', file_id: 'file_1' } },
        ],
      },
    ]);
  });

  it.each([
    [{ toolChoice: { kind: 'required' } }, { type: 'any' }],
    [
      { toolChoice: { kind: 'tool', name: 'f' }, parallelToolCalls: false },
      { type: 'tool', name: 'f', disable_parallel_tool_use: true },
    ],
    [{ parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [{ toolChoice: { kind: 'none' } }, { type: 'none' }],
    [{ parallelToolCalls: true }, undefined],
  ] as const)('says %j as %j', (fields, choice) => {
    expect(format({ tools: [TOOL], ...fields }).body['tool_choice']).toEqual(choice);
    expect(format(fields).body['tool_choice']).toBeUndefined();
  });

  it.each([
    ['claude-sonnet-4-5', { temperature: 1.6 }, { temperature: 1 }],
    ['claude-sonnet-4-5', { temperature: 0.2, topP: 0.5 }, { temperature: 0.2 }],
    ['claude-3-5-haiku-latest', { temperature: 0.2, topP: 0.5 }, { temperature: 0.2, top_p: 0.5 }],
    ['claude-opus-4-8', { temperature: 0.2, topP: 0.5, topK: 3 }, {}],
  ])('%s is sent %j as %j', (model, sampling, sent) => {
    const { body, warnings } = format({ sampling: { maxOutputTokens: 4000, ...sampling } }, model);
    const { model: _, messages: __, max_tokens: ___, ...rest } = body;
    expect(rest).toEqual(sent);
    expect(warnings.length > 0).toBe(
      Object.keys(sent).length < Object.keys(sampling).length || sampling.temperature > 1,
    );
  });

  it.each([
    ['claude-sonnet-4-5', { effort: 'low' }, { thinking: { type: 'enabled', budget_tokens: 2048 } }],
    ['claude-sonnet-4-5', { effort: 'high' }, { thinking: { type: 'enabled', budget_tokens: 3199 } }],
    ['claude-sonnet-4-5', { budgetTokens: 100 }, { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    ['claude-sonnet-4-5', { effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['claude-3-5-haiku-latest', { effort: 'high' }, {}],
    [
      'claude-opus-4-6',
      { effort: 'xhigh' },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    [
      'claude-opus-5',
      { budgetTokens: 8000, visible: true },
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'medium' } },
    ],
    ['claude-opus-5', {}, { thinking: { type: 'adaptive' } }],
    ['claude-fable-5', { effort: 'none' }, { output_config: { effort: 'low' } }],
  ] as const)('%s is told %j as %j', (model, reasoning, sent) => {
    const { thinking, output_config } = format({ reasoning }, model).body;
    expect({ ...(thinking && { thinking }), ...(output_config && { output_config }) }).toEqual(sent);
  });

  it('makes room for thinking when the client set no limit, within what the model can', () => {
    expect(format({ sampling: {}, reasoning: { effort: 'medium' } }).body).toMatchObject({
      max_tokens: 8192 + 16_384,
      thinking: { budget_tokens: 8192 },
    });
    expect(format({ sampling: {}, reasoning: { effort: 'max' } }, 'claude-opus-4-1').body).toMatchObject({
      max_tokens: 32_000,
      thinking: { budget_tokens: 28_672 },
    });
    expect(
      format({ sampling: { maxOutputTokens: 1000 }, reasoning: { effort: 'low' } }).body,
    ).not.toHaveProperty('thinking');
  });

  it('does not ask for thinking where the API refuses it', () => {
    const call = { type: 'tool-call', id: 'a', name: 'f', arguments: '{}' } as const;
    const result = { type: 'tool-result', callId: 'a', name: 'f', content: [], isError: false } as const;
    const unsigned: Message[] = [
      HI,
      { role: 'assistant', content: [call] },
      { role: 'user', content: [result] },
    ];
    const signed: Message[] = [
      HI,
      { role: 'assistant', content: [{ type: 'reasoning', text: 'hm', signature: 'anthropic:s' }, call] },
      { role: 'user', content: [result] },
    ];
    const reasoning = { effort: 'low' } as const;
    expect(format({ messages: unsigned, reasoning }).body).not.toHaveProperty('thinking');
    expect(format({ messages: signed, reasoning }).body).toHaveProperty('thinking');
    expect(format({ messages: unsigned, reasoning }, 'claude-opus-5').body).toHaveProperty('thinking');
    const forced = format({ tools: [TOOL], toolChoice: { kind: 'required' }, reasoning }, 'claude-opus-5');
    expect(forced.body).not.toHaveProperty('thinking');
    expect(forced.warnings).toEqual(['reasoning: Anthropic does not think when a tool call is forced']);
  });

  it('lets a model decide that cannot be forced to call a tool', () => {
    const { body, warnings } = format({ tools: [TOOL], toolChoice: { kind: 'required' } }, 'claude-opus-5-5');
    expect(body['tool_choice']).toEqual({ type: 'auto' });
    expect(warnings).toHaveLength(1);
  });

  it('closes the objects of a schema and drops limits that cannot be enforced', () => {
    const { body, warnings } = format({
      format: {
        kind: 'json-schema',
        name: 'x',
        schema: {
          type: 'object',
          properties: {
            age: { type: 'integer', minimum: 0 },
            pet: {
              oneOf: [{ type: 'object', properties: { minimum: { type: 'string' } } }, { type: 'null' }],
            },
          },
        },
      },
    });
    expect(body['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            age: { type: 'integer' },
            pet: {
              anyOf: [
                { type: 'object', properties: { minimum: { type: 'string' } }, additionalProperties: false },
                { type: 'null' },
              ],
            },
          },
          additionalProperties: false,
        },
      },
    });
    expect(warnings).toContain('schema.properties.age.minimum: Anthropic cannot enforce this limit');
  });

  it('asks in words for JSON where it cannot be enforced', () => {
    const { body, warnings } = format({
      format: { kind: 'json' },
      messages: [{ role: 'system', content: [{ type: 'text', text: 'S' }] }, HI],
    });
    expect(body['system']).toMatchObject([{ text: 'S' }, { text: expect.stringContaining('JSON') }]);
    expect(warnings).toHaveLength(1);
    const schema = { kind: 'json-schema', name: 'x', schema: { type: 'object' } } as const;
    expect(format({ format: schema }, 'claude-3-5-haiku-latest').body['system']).toContain(
      '{"type":"object"}',
    );
  });

  it('warns of what it has no words for', () => {
    const { body, warnings } = format({
      sampling: {
        maxOutputTokens: 1,
        seed: 1,
        frequencyPenalty: 0.1,
        presencePenalty: 0.1,
        stop: ['\n', 'END'],
      },
      metadata: { a: 'b' },
      serviceTier: 'flex',
      extras: { store: true },
    });
    expect(body['stop_sequences']).toEqual(['END']);
    expect(warnings.map((warning) => warning.split(':')[0])).toEqual([
      'store',
      'metadata',
      'seed',
      'frequency_penalty',
      'presence_penalty',
      'stop',
      'service_tier',
    ]);
  });

  it.each([
    ['auto', 'auto'],
    ['default', 'standard_only'],
    ['priority', 'auto'],
  ])('says service tier %s as %s', (tier, sent) => {
    expect(format({ serviceTier: tier })).toMatchObject({ body: { service_tier: sent }, warnings: [] });
  });

  it('lets the user speak first, and continues no answer that ends in white space', () => {
    const { body, warnings } = format({
      messages: [
        { role: 'assistant', content: [{ type: 'text', text: 'Welcome!' }] },
        HI,
        { role: 'assistant', content: [{ type: 'text', text: 'The answer is ' }] },
      ],
    });
    expect(body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ text: 'Welcome!' }] },
      { role: 'user', content: [{ text: 'hi' }] },
      { role: 'assistant', content: [{ text: 'The answer is' }] },
    ]);
    expect(warnings).toHaveLength(2);
  });

  it('counts with the prompt alone', () => {
    const { body, warnings } = formatCountRequest(
      prompt({
        tools: [TOOL],
        sampling: {},
        user: 'u',
        messages: [{ role: 'system', content: [{ type: 'text', text: 'S' }] }, HI],
      }),
      'claude-opus-5',
    );
    expect(Object.keys(body).sort()).toEqual(['messages', 'model', 'system', 'tools']);
    expect(warnings).toEqual([]);
  });
});
