import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/answer.ts';
import type { AnswerContext } from '../../core/dialect.ts';
import type { Part } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';
import { readStream, splitText } from '../dialect.contract.ts';
import { jsonFixture, streamFixture } from './fixtures.contract.ts';
import { formatStream } from './format-stream.ts';
import { anthropic } from './index.ts';
import { parseResponse } from './parse-response.ts';

const CONTEXT: AnswerContext = {
  callId: '019ab5a0-0000-7000-8000-000000000000',
  requestedModel: 'claude-x',
  createdAt: 0,
  body: {},
  framing: 'sse',
};
const codec = anthropic.generate!;

function written(parts: readonly Part[]): unknown[] {
  const formatter = formatStream(CONTEXT);
  const text = parts.map((part) => formatter.part(part)).join('') + formatter.end();
  return splitText(text, 'sse').map(({ event, data }) => {
    const body = JSON.parse(data) as { type: string; [key: string]: unknown };
    expect(event).toBe(body.type);
    return body;
  });
}

describe('parseStream', () => {
  it('reads the same answer from a stream as from a whole message', () => {
    const streamed = answerOf(readStream(codec, streamFixture('stream-agent.sse')));
    const whole = parseResponse(jsonFixture('response-agent.json'));
    expect(streamed).toEqual({
      ...whole,
      content: [
        { ...whole.content[0], text: 'I should ask.' },
        whole.content[1],
        { type: 'text', text: 'Let me look.' },
        { type: 'tool-call', id: 'toolu_01', name: 'get_weather', arguments: '{"city": "Lisbon"}' },
        { type: 'tool-call', id: 'toolu_02', name: 'get_time', arguments: '{}' },
      ],
    });
  });

  it('reports usage as soon as it comes, so that an aborted call is not free', () => {
    const [first] = readStreamUntil(1);
    expect(first).toMatchObject({ type: 'usage', usage: { input: 100, cacheWrite1h: 20_000, output: 3 } });
  });

  it('throws on an error event', () => {
    expect(() => readStream(codec, streamFixture('stream-overloaded.sse'))).toThrow(
      expect.objectContaining({ code: 'upstream_error', retryable: 'same', message: 'Overloaded' }),
    );
  });

  it('takes a stream without message_stop for cut', () => {
    expect(() => readStream(codec, streamFixture('stream-agent.sse').slice(0, -1))).toThrow(
      expect.objectContaining({ code: 'upstream_truncated' }),
    );
  });

  it('ignores events that it does not know', () => {
    expect(codec.parseStream().event({ event: 'later', data: '{"type":"later"}' })).toEqual([]);
  });

  function readStreamUntil(count: number): Part[] {
    const parser = codec.parseStream();
    return streamFixture('stream-agent.sse')
      .slice(0, count)
      .flatMap((event) => parser.event(event));
  }
});

describe('formatStream', () => {
  it('tells usage in the start as far as known, and all of it in the delta', () => {
    const usage = usageOf({ input: 7, cacheRead: 3, cacheWrite1h: 2, output: 5, reasoning: 1 });
    const events = written([
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', text: 'Hi' },
      { type: 'text-end', id: 't' },
      { type: 'usage', usage, source: 'provider' },
      { type: 'finish', reason: 'stop', stopSequence: 'END' },
    ]);
    expect(events).toMatchObject([
      {
        type: 'message_start',
        message: {
          id: 'msg_019ab5a0000070008000000000000000',
          role: 'assistant',
          model: 'claude-x',
          content: [],
          usage: { input_tokens: 0, output_tokens: 0 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'stop_sequence', stop_sequence: 'END' },
        usage: {
          input_tokens: 7,
          cache_read_input_tokens: 3,
          cache_creation_input_tokens: 2,
          cache_creation: { ephemeral_1h_input_tokens: 2 },
          output_tokens: 5,
          output_tokens_details: { thinking_tokens: 1 },
        },
      },
      { type: 'message_stop' },
    ]);
  });

  it('writes tool calls that grow side by side one after the other', () => {
    const events = written([
      { type: 'tool-call-start', id: 'a', name: 'f' },
      { type: 'tool-call-start', id: 'b', name: 'g' },
      { type: 'tool-call-delta', id: 'b', arguments: '{"b":' },
      { type: 'tool-call-delta', id: 'a', arguments: '{"a":1}' },
      { type: 'tool-call-delta', id: 'b', arguments: '2}' },
      { type: 'tool-call-end', id: 'b' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', text: 'x' },
      { type: 'tool-call-end', id: 'a' },
      { type: 'finish', reason: 'tool-calls' },
    ]) as { type: string; index?: number; content_block?: { type: string } }[];
    expect(events.map(({ type, index, content_block }) => [type, index, content_block?.type])).toEqual([
      ['message_start', undefined, undefined],
      ['content_block_start', 0, 'tool_use'],
      ['content_block_delta', 0, undefined],
      ['content_block_stop', 0, undefined],
      ['content_block_start', 1, 'tool_use'],
      ['content_block_delta', 1, undefined],
      ['content_block_delta', 1, undefined],
      ['content_block_stop', 1, undefined],
      ['content_block_start', 2, 'text'],
      ['content_block_delta', 2, undefined],
      ['content_block_stop', 2, undefined],
      ['message_delta', undefined, undefined],
      ['message_stop', undefined, undefined],
    ]);
    const read = answerOf(
      readStream(
        codec,
        events.map((body) => ({ event: null, data: JSON.stringify(body) })),
      ),
    );
    expect(read.content).toMatchObject([
      { id: 'a', arguments: '{"a":1}' },
      { id: 'b', arguments: '{"b":2}' },
      { text: 'x' },
    ]);
  });

  it('writes thinking with its signature, hidden thinking, and no empty blocks', () => {
    const events = written([
      { type: 'text-start', id: 'empty' },
      { type: 'text-end', id: 'empty' },
      { type: 'reasoning-start', id: 'r' },
      { type: 'reasoning-delta', id: 'r', text: 'hm' },
      { type: 'reasoning-end', id: 'r', signature: 'anthropic:sig' },
      { type: 'reasoning-start', id: 's' },
      { type: 'reasoning-end', id: 's', signature: 'google:opaque' },
      { type: 'reasoning-start', id: 'q' },
      { type: 'reasoning-end', id: 'q', redacted: 'openai:hidden' },
      { type: 'finish', reason: 'stop' },
    ]);
    expect(events.slice(1, -2)).toEqual([
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'sig' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'redacted_thinking', data: 'openai:hidden' },
      },
      { type: 'content_block_stop', index: 1 },
    ]);
  });

  it('says that there was media instead of passing over it', () => {
    const events = written([
      { type: 'media', mediaType: 'image/png', data: 'iVBO' },
      { type: 'finish', reason: 'stop' },
    ]);
    expect(JSON.stringify(events)).toContain('The model answered with image/png');
  });

  it('sends nothing before the first content', () => {
    const formatter = formatStream(CONTEXT);
    const head: Part = {
      type: 'head',
      status: 200,
      headers: {},
      target: { provider: 'p', model: 'm' },
      warnings: [],
    };
    const usage: Part = { type: 'usage', usage: usageOf({ input: 4 }), source: 'provider' };
    expect(formatter.part(head) + formatter.part(usage)).toBe('');
    expect(formatter.part({ type: 'finish', reason: 'stop' })).toContain('"input_tokens":4');
  });
});
