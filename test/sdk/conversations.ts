import type { JsonObject } from '../../src/core/json.ts';
import type { Ask } from '../fakes/index.ts';

/** A request that is easily translated wrongly, in one client's dialect. The model is filled in. */
export interface Conversation {
  readonly name: string;
  readonly dialect: 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini';
  readonly body: JsonObject;
  /** What the provider must be asked, in no provider's words. */
  readonly asks?: Partial<Ask>;
}

const PNG = 'iVBORw0KGgo=';
const schema = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1 },
    when: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['city'],
};
const chatTool = {
  type: 'function',
  function: { name: 'get_weather', description: 'd', parameters: schema },
};
const chatCall = (id: string, city: string): JsonObject => ({
  id,
  type: 'function',
  function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
});
const longId = `call_${'x'.repeat(35)}`;

const CHAT: readonly Conversation[] = [
  {
    name: 'system prompts in the middle, a developer, and several users in a row',
    dialect: 'openai-chat',
    body: {
      messages: [
        { role: 'system', content: 'first rule' },
        { role: 'user', content: 'one' },
        { role: 'user', content: [{ type: 'text', text: 'two' }] },
        { role: 'developer', content: 'second rule' },
        { role: 'assistant', content: 'three' },
        { role: 'user', content: 'four' },
      ],
    },
    asks: { lastUserText: 'four' },
  },
  {
    name: 'the assistant first, and last',
    dialect: 'openai-chat',
    body: {
      messages: [
        { role: 'assistant', content: 'How can I help?' },
        { role: 'user', content: 'finish my sentence' },
        { role: 'assistant', content: 'Once upon a ' },
      ],
    },
  },
  {
    name: 'only a system prompt',
    dialect: 'openai-chat',
    body: { messages: [{ role: 'system', content: 'say something' }] },
  },
  {
    name: 'empty texts',
    dialect: 'openai-chat',
    body: {
      messages: [
        { role: 'system', content: '' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'hello?' },
      ],
    },
  },
  {
    name: 'two rounds of parallel calls, results out of order, one of them empty',
    dialect: 'openai-chat',
    body: {
      tools: [chatTool],
      parallel_tool_calls: true,
      messages: [
        { role: 'user', content: 'weather?' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [chatCall('call_a', 'Ulm'), chatCall(longId, 'Bonn')],
        },
        { role: 'tool', tool_call_id: longId, content: 'rain' },
        { role: 'tool', tool_call_id: 'call_a', content: '' },
        { role: 'assistant', content: 'one more', tool_calls: [chatCall('call_c', 'Jena')] },
        { role: 'tool', tool_call_id: 'call_c', content: [{ type: 'text', text: 'sun' }] },
      ],
    },
    asks: { toolResults: ['sun'] },
  },
  {
    name: 'a tool without parameters, and a choice of it',
    dialect: 'openai-chat',
    body: {
      tools: [{ type: 'function', function: { name: 'now' } }, chatTool],
      tool_choice: { type: 'function', function: { name: 'now' } },
      messages: [{ role: 'user', content: 'what time is it?' }],
    },
    asks: { toolChoice: { name: 'now' } },
  },
  {
    name: 'a call whose arguments are no JSON',
    dialect: 'openai-chat',
    body: {
      tools: [chatTool],
      messages: [
        { role: 'user', content: 'weather?' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'get_weather', arguments: '' } }],
        },
        { role: 'tool', tool_call_id: 'call_a', content: 'missing city' },
      ],
    },
  },
  {
    name: 'every sampling parameter',
    dialect: 'openai-chat',
    body: {
      messages: [{ role: 'user', content: 'hi' }],
      temperature: 1.6,
      top_p: 0.9,
      seed: 7,
      stop: ['END', '\n\n', 'STOP', '###'],
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      max_completion_tokens: 77,
      logit_bias: { '50256': -100 },
      user: 'ada',
    },
    asks: { maxTokens: 77 },
  },
  {
    name: 'a JSON schema with bounds and optional properties, strict or not',
    dialect: 'openai-chat',
    body: {
      messages: [{ role: 'user', content: 'describe' }],
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: false } },
    },
  },
  {
    name: 'JSON without a schema',
    dialect: 'openai-chat',
    body: {
      messages: [{ role: 'user', content: 'answer in json' }],
      response_format: { type: 'json_object' },
    },
  },
  {
    name: 'images by URL and inline',
    dialect: 'openai-chat',
    body: {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
            { type: 'text', text: 'compare' },
          ],
        },
      ],
    },
    asks: { images: 2 },
  },
];

const RESPONSES: readonly Conversation[] = [
  {
    name: 'items of every kind',
    dialect: 'openai-responses',
    body: {
      instructions: 'be brief',
      tools: [{ type: 'function', name: 'get_weather', parameters: schema, strict: false }],
      input: [
        { role: 'developer', content: 'a rule' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'weather?' },
            { type: 'input_image', image_url: `data:image/png;base64,${PNG}`, detail: 'auto' },
          ],
        },
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'I look', annotations: [] }],
        },
        { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Ulm"}' },
        { type: 'function_call', call_id: 'call_2', name: 'get_weather', arguments: '{"city":"Bonn"}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
        { type: 'function_call_output', call_id: 'call_2', output: 'sun' },
      ],
      max_output_tokens: 99,
    },
    asks: { toolResults: ['rain', 'sun'], images: 1, maxTokens: 99 },
  },
  {
    name: 'a required tool call, one at a time',
    dialect: 'openai-responses',
    body: {
      input: 'weather in Ulm?',
      tools: [{ type: 'function', name: 'get_weather', parameters: schema, strict: false }],
      tool_choice: 'required',
      parallel_tool_calls: false,
    },
    asks: { toolChoice: 'required' },
  },
];

const anthropicTool = { name: 'get_weather', input_schema: schema };

const ANTHROPIC: readonly Conversation[] = [
  {
    name: 'system blocks, cache marks, and an image inside a tool result',
    dialect: 'anthropic',
    body: {
      max_tokens: 200,
      system: [
        { type: 'text', text: 'rule one', cache_control: { type: 'ephemeral', ttl: '1h' } },
        { type: 'text', text: 'rule two', cache_control: { type: 'ephemeral' } },
      ],
      tools: [{ ...anthropicTool, cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        { role: 'user', content: 'look' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I do' },
            { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Ulm' } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu_1',
              content: [
                { type: 'text', text: 'a picture:' },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
              ],
            },
            { type: 'text', text: 'what is on it?' },
          ],
        },
      ],
    },
  },
  {
    name: 'a failed tool, and two messages of one role',
    dialect: 'anthropic',
    body: {
      max_tokens: 200,
      tools: [anthropicTool],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      messages: [
        { role: 'user', content: 'weather?' },
        { role: 'user', content: 'in Ulm' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'toolu_1', is_error: true, content: 'no city' }],
        },
      ],
    },
  },
  {
    name: 'a PDF, stop sequences and top_k',
    dialect: 'anthropic',
    body: {
      max_tokens: 200,
      top_k: 5,
      stop_sequences: ['END'],
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
              title: 'a.pdf',
            },
            { type: 'text', text: 'summarise' },
          ],
        },
      ],
    },
  },
];

const GEMINI: readonly Conversation[] = [
  {
    name: 'parallel calls without ids, and structured results',
    dialect: 'gemini',
    body: {
      systemInstruction: { parts: [{ text: 'be brief' }] },
      tools: [
        {
          functionDeclarations: [
            {
              name: 'get_weather',
              description: 'd',
              parameters: {
                type: 'OBJECT',
                properties: { city: { type: 'STRING', nullable: true } },
                required: ['city'],
              },
            },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
      contents: [
        { role: 'user', parts: [{ text: 'weather?' }] },
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'get_weather', args: { city: 'Ulm' } } },
            { functionCall: { name: 'get_weather', args: { city: 'Bonn' } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'get_weather', response: { sky: 'grey', degrees: 7 } } },
            { functionResponse: { name: 'get_weather', response: { error: 'unknown city' } } },
          ],
        },
      ],
    },
  },
  {
    name: 'snake case, a response schema and every sampling parameter',
    dialect: 'gemini',
    body: {
      contents: [{ parts: [{ text: 'describe' }, { inline_data: { mime_type: 'image/png', data: PNG } }] }],
      generation_config: {
        temperature: 0.5,
        topK: 20,
        maxOutputTokens: 88,
        stopSequences: ['END'],
        responseMimeType: 'application/json',
        responseSchema: {
          type: 'OBJECT',
          properties: { n: { type: 'INTEGER' } },
          required: ['n'],
          propertyOrdering: ['n'],
        },
      },
    },
    asks: { images: 1, maxTokens: 88 },
  },
];

export const CONVERSATIONS: readonly Conversation[] = [...CHAT, ...RESPONSES, ...ANTHROPIC, ...GEMINI];
