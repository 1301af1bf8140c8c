import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/answer.ts';
import type { StreamEvent } from '../../core/dialect.ts';
import { isCallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { streamFixture } from './fixtures.contract.ts';
import { parseStream } from './parse-stream.ts';

function read(events: readonly StreamEvent[]): Part[] {
  const parser = parseStream();
  return [...events.flatMap((event) => parser.event(event)), ...parser.end()];
}

function codeOf(events: readonly StreamEvent[]): string {
  try {
    read(events);
  } catch (error) {
    if (isCallError(error)) return error.code;
    throw error;
  }
  return 'no error';
}

const event = (type: string, rest: JsonObject): StreamEvent => ({
  event: type,
  data: JSON.stringify({ type, ...rest }),
});
const completed = event('response.completed', { response: { status: 'completed', output: [] } });

describe('parseStream of responses', () => {
  it('reads thoughts with their proof, text, parallel calls, paid tools and usage', () => {
    const parts = read(streamFixture('stream-reasoning-and-tools.sse'));
    expect(answerOf(parts)).toEqual({
      content: [
        { type: 'reasoning', text: 'First.\n\nSecond.', signature: 'openai:rs_1:gAAAA' },
        { type: 'text', text: 'Let me look.' },
        { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
        { type: 'tool-call', id: 'call_b', name: 'time', arguments: '{}' },
      ],
      usage: expect.objectContaining({
        usage: expect.objectContaining({
          input: 40,
          cacheRead: 60,
          output: 40,
          reasoning: 20,
          webSearches: 1,
        }),
        serviceTier: 'default',
        model: 'gpt-5-2025-08-07',
      }),
      finish: { type: 'finish', reason: 'tool-calls' },
    });
  });

  it('reads items that come whole, as some servers send them, and the order of their kinds', () => {
    const items: JsonObject[] = [
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'call_a', name: 'f', arguments: '{}' },
      { type: 'image_generation_call', id: 'ig_1', result: 'AAAA' },
    ];
    const events = items.map((item, output_index) =>
      event('response.output_item.done', { output_index, item }),
    );
    const parts = read([...events, completed]);
    expect(answerOf(parts).content).toEqual([
      { type: 'reasoning', text: '', signature: 'openai:rs_1:gAAAA' },
      { type: 'text', text: 'Hi' },
      { type: 'tool-call', id: 'call_a', name: 'f', arguments: '{}' },
      { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AAAA' } },
    ]);
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'tool-calls' });
  });

  it('reads a refusal as text and the end for want of tokens', () => {
    const parts = read([
      event('response.refusal.delta', { output_index: 0, content_index: 0, delta: 'No.' }),
      event('response.incomplete', {
        response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [] },
      }),
    ]);
    expect(answerOf(parts)).toMatchObject({ content: [{ text: 'No.' }], finish: { reason: 'length' } });
  });

  it.each<[string, StreamEvent[]]>([
    ['upstream_truncated', []],
    ['upstream_truncated', [event('response.output_text.delta', { output_index: 0, delta: 'Hi' })]],
    ['upstream_error', [event('error', { code: 'server_error', message: 'Boom', param: null })]],
    [
      'context_too_long',
      [event('error', { code: 'context_length_exceeded', message: 'Too long', param: 'input' })],
    ],
    [
      'rate_limited',
      [event('error', { error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'x' } })],
    ],
    [
      'upstream_error',
      [event('response.failed', { response: { error: { code: 'server_error', message: 'Boom' } } })],
    ],
    ['upstream_garbage', [{ event: 'response.completed', data: 'oops' }]],
    ['upstream_garbage', [event('response.completed', {})]],
    ['upstream_garbage', [event('response.function_call_arguments.delta', { output_index: 1, delta: '{' })]],
  ])('ends with %s on %j', (code, events) => {
    expect(codeOf(events)).toBe(code);
  });
});
