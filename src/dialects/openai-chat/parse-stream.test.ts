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

const event = (data: JsonObject | string): StreamEvent => ({
  event: null,
  data: typeof data === 'string' ? data : JSON.stringify(data),
});
const chunk = (delta: JsonObject | null, finish: string | null = null, index = 0): StreamEvent =>
  event({ choices: [{ index, delta, finish_reason: finish }] });
const calls = (...tool_calls: JsonObject[]): StreamEvent => chunk({ tool_calls });
const finish = chunk({}, 'stop');

describe('parseStream of chat completions', () => {
  it('reads interleaved tool calls, usage and finish', () => {
    const parts = read(streamFixture('stream-parallel-tools.sse'));
    expect(parts.map((part) => part.type)).toEqual([
      'text-start',
      'text-delta',
      'text-delta',
      'text-end',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-delta',
      'tool-call-end',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-delta',
      'usage',
      'tool-call-end',
      'finish',
    ]);
    const { content, usage, finish } = answerOf(parts);
    expect(content).toEqual([
      { type: 'text', text: 'Looking.' },
      { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'tool-call', id: 'call_b', name: 'time', arguments: '{}' },
    ]);
    expect(usage).toMatchObject({
      usage: { input: 16, cacheRead: 64, output: 40 },
      serviceTier: 'default',
      model: 'gpt-4o-2024-08-06',
    });
    expect(finish).toEqual({ type: 'finish', reason: 'tool-calls' });
  });

  it('reads what imitating servers write: no ids, null deltas, finish and usage in one chunk, no [DONE]', () => {
    const { content, usage, finish } = answerOf(read(streamFixture('stream-odd-server.sse')));
    expect(content).toEqual([
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'Calling.' },
      { type: 'tool-call', id: expect.stringMatching(/^call_[0-9a-f]{24}$/), name: 'ping', arguments: '{}' },
    ]);
    expect(usage?.usage).toMatchObject({ input: 9, output: 4 });
    expect(finish.reason).toBe('tool-calls');
  });

  it('tells calls with the same index apart by their ids', () => {
    const call = (id: string): JsonObject => ({
      index: 0,
      id,
      function: { name: 'f', arguments: `{"id":"${id}"}` },
    });
    const { content } = answerOf(read([calls(call('a'), call('b')), finish]));
    expect(content).toMatchObject([
      { id: 'a', arguments: '{"id":"a"}' },
      { id: 'b', arguments: '{"id":"b"}' },
    ]);
  });

  it('gives a repeated id a new one', () => {
    const call = (index: number): JsonObject => ({
      index,
      id: 'same',
      function: { name: 'f', arguments: '{}' },
    });
    const ids = answerOf(read([calls(call(0), call(1)), finish])).content.map(
      (block) => 'id' in block && block.id,
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('lets no second call begin before the first is whole, even without arguments', () => {
    const parts = read([
      calls({ index: 0, id: 'a', function: { name: 'f', arguments: '' } }),
      calls({ index: 1, id: 'b', function: { name: 'g', arguments: '{}' } }),
      finish,
    ]);
    expect(answerOf(parts).content).toMatchObject([
      { id: 'a', arguments: '' },
      { id: 'b', arguments: '{}' },
    ]);
  });

  it('reads the older function_call', () => {
    const { content, finish } = answerOf(
      read([
        chunk({ function_call: { name: 'f', arguments: '' } }),
        chunk({ function_call: { arguments: '{}' } }),
        chunk({}, 'function_call'),
      ]),
    );
    expect(content).toMatchObject([{ type: 'tool-call', name: 'f', arguments: '{}' }]);
    expect(finish.reason).toBe('tool-calls');
  });

  it('reads pictures and the stop sequence that vLLM names', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const last = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: 'END' }] });
    const parts = read([chunk({ content: 'Here:' }), chunk({ images: [picture] }), last]);
    expect(parts).toContainEqual({ type: 'media', mediaType: 'image/png', data: 'AAAA' });
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop', stopSequence: 'END' });
  });

  it.each<[string, StreamEvent[]]>([
    ['upstream_truncated', []],
    ['upstream_truncated', [chunk({ content: 'Hi' })]],
    ['upstream_truncated', [chunk({ content: 'Hi' }), event('[DONE]')]],
    [
      'upstream_truncated',
      [chunk({ content: 'a' }), chunk({ content: 'b' }, null, 1), chunk({}, 'stop'), chunk({}, 'stop', 1)],
    ],
    ['rate_limited', [chunk({ content: 'Hi' }), event({ error: { message: 'Slow down', code: 429 } })]],
    ['upstream_error', [event({ object: 'error', message: 'Boom', type: 'InternalServerError', code: 500 })]],
    ['upstream_error', [{ event: 'error', data: '{"message":"Boom"}' }]],
    ['upstream_garbage', [event('<html>')]],
    ['upstream_garbage', [event('[1]')]],
    ['upstream_garbage', [event({ choices: [{ delta: { content: 5 } }] })]],
    ['upstream_garbage', [calls({ index: 0, id: 'a', function: { arguments: '{}' } })]],
    [
      'upstream_garbage',
      [
        calls({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
        calls({ index: 1, id: 'b', function: { name: 'f', arguments: '{' } }),
        calls({ index: 0, function: { arguments: '{"more":1}' } }),
      ],
    ],
  ])('ends with %s on %j', (code, events) => {
    expect(codeOf(events)).toBe(code);
  });

  it('is complete with several choices once they are done', () => {
    expect(codeOf([chunk({}, 'stop'), chunk({}, 'stop', 1), event('[DONE]')])).toBe('no error');
  });
});
