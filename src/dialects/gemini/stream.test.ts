import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/answer.ts';
import type { AnswerContext, Framing } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';
import { readStream, splitText } from '../dialect.contract.ts';
import { jsonFixture, streamFixture } from './fixtures.contract.ts';
import { formatStream } from './format-stream.ts';
import { gemini } from './index.ts';
import { parseResponse } from './parse-response.ts';

const codec = gemini.generate!;

const PARTS: readonly Part[] = [
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', text: 'hm' },
  { type: 'reasoning-end', id: 'r', signature: 'anthropic:sig' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', text: 'Hi' },
  { type: 'text-end', id: 't' },
  { type: 'tool-call-start', id: 'a', name: 'f' },
  { type: 'tool-call-start', id: 'b', name: 'g' },
  { type: 'tool-call-delta', id: 'b', arguments: '{"y":' },
  { type: 'tool-call-delta', id: 'a', arguments: '{"x":1}' },
  { type: 'tool-call-delta', id: 'b', arguments: '2}' },
  { type: 'tool-call-end', id: 'a' },
  { type: 'tool-call-end', id: 'b', signature: 'google:s' },
  { type: 'media', mediaType: 'image/png', data: 'iVBO' },
  { type: 'usage', source: 'provider', usage: usageOf({ input: 9, cacheRead: 4, output: 5, reasoning: 2 }) },
  { type: 'finish', reason: 'tool-calls' },
];

function context(framing: Framing): AnswerContext {
  return {
    callId: '019ab5a0-0000-7000-8000-000000000000',
    requestedModel: 'gemini-x',
    createdAt: 0,
    body: {},
    framing,
  };
}

function written(parts: readonly Part[], framing: Framing): string {
  const formatter = formatStream(context(framing));
  return parts.map((part) => formatter.part(part)).join('') + formatter.end();
}

describe('parseStream', () => {
  it('reads a stream whose usage goes on after the finish', () => {
    const parts = readStream(codec, streamFixture('stream-agent.sse'));
    expect(answerOf(parts)).toEqual({
      content: [
        { type: 'reasoning', text: 'I should ask.' },
        { type: 'text', text: 'Let me look.' },
        {
          type: 'tool-call',
          id: 'call_resp-2_0',
          name: 'get_weather',
          arguments: '{"city":"Lisbon"}',
          signature: 'google:CiQBVKhc7h==',
        },
      ],
      usage: {
        type: 'usage',
        source: 'provider',
        usage: usageOf({ input: 60, cacheRead: 40, output: 31, reasoning: 10, webSearches: 1 }),
        serviceTier: 'on_demand_flex',
        model: 'gemini-2.5-flash',
      },
      finish: { type: 'finish', reason: 'tool-calls' },
    });
  });

  it('reports the usage so far with every response, so that an aborted call is not free', () => {
    const parser = codec.parseStream();
    const first = parser.event(streamFixture('stream-agent.sse')[0]!);
    expect(first.at(-1)).toMatchObject({ type: 'usage', usage: { input: 60, cacheRead: 40, reasoning: 5 } });
  });

  it('reads a blocked prompt as filtered', () => {
    expect(readStream(codec, streamFixture('stream-blocked.json'))).toMatchObject([
      { type: 'usage', usage: { input: 12 } },
      { type: 'finish', reason: 'content-filter' },
    ]);
  });

  it('throws on an error among the responses', () => {
    expect(() => readStream(codec, streamFixture('stream-overloaded.json'))).toThrow(
      expect.objectContaining({ code: 'upstream_error', retryable: 'same' }),
    );
  });

  it('takes a stream without a finish reason for cut', () => {
    expect(() => readStream(codec, streamFixture('stream-agent.sse').slice(0, 4))).toThrow(
      expect.objectContaining({ code: 'upstream_truncated' }),
    );
  });
});

describe('parseResponse', () => {
  it('reads all kinds of parts', () => {
    expect(parseResponse(jsonFixture('response-agent.json')).content).toEqual([
      { type: 'reasoning', text: 'I should ask the tool.' },
      { type: 'text', text: 'Let me look.' },
      { type: 'reasoning', text: '', signature: 'google:CiQBVKhc7g==' },
      { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
      {
        type: 'tool-call',
        id: 'call_resp-1_0',
        name: 'get_weather',
        arguments: '{"city":"Lisbon"}',
        signature: 'google:CiQBVKhc7h==',
      },
      { type: 'tool-call', id: 'own_id', name: 'get_time', arguments: '{}' },
    ]);
  });

  it('gives calls without ids others in each answer', () => {
    const body = {
      candidates: [{ content: { parts: [{ functionCall: { name: 'f' } }] }, finishReason: 'STOP' }],
    };
    const id = () => parseResponse(body).content.map((block) => block.type === 'tool-call' && block.id)[0];
    expect(id()).not.toBe(id());
  });

  it.each([
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content-filter'],
    ['RECITATION', 'content-filter'],
    ['MALFORMED_FUNCTION_CALL', 'other'],
    ['constructor', 'other'],
  ])('reads finish reason %s as %s', (finishReason, reason) => {
    expect(parseResponse({ candidates: [{ finishReason }] }).finish.reason).toBe(reason);
  });
});

describe.each(['sse', 'json-array'] as const)('formatStream as %s', (framing) => {
  it('tells function calls whole and keeps every part', () => {
    const events = splitText(written(PARTS, framing), framing);
    const answer = answerOf(readStream(codec, events));
    expect(answer).toMatchObject({
      content: [
        { type: 'reasoning', text: 'hm', signature: 'anthropic:sig' },
        { type: 'text', text: 'Hi' },
        { type: 'tool-call', id: 'a', name: 'f', arguments: '{"x":1}' },
        { type: 'tool-call', id: 'b', name: 'g', arguments: '{"y":2}', signature: 'google:s' },
        { type: 'media', mediaType: 'image/png' },
      ],
      usage: { usage: { input: 9, cacheRead: 4, output: 5, reasoning: 2 }, model: 'gemini-x' },
      finish: { reason: 'tool-calls' },
    });
    for (const { data } of events)
      expect(
        (JSON.parse(data) as { candidates: { content: { parts: unknown[] } }[] }).candidates[0]?.content
          .parts,
      ).not.toHaveLength(0);
  });

  it('ends whole after an error', () => {
    const formatter = formatStream(context(framing));
    const text =
      formatter.part({ type: 'text-delta', id: 't', text: 'x' }) +
      formatter.error(new CallError('upstream_truncated', 'Broke off.'));
    expect(splitText(text, framing)).toHaveLength(2);
    if (framing === 'json-array')
      expect(JSON.parse(text)).toMatchObject([{}, { error: { message: 'Broke off.' } }]);
  });
});

describe('formatStream as json-array', () => {
  it('is one JSON array, also when it is empty', () => {
    expect(JSON.parse(written(PARTS, 'json-array'))).toHaveLength(7);
    expect(JSON.parse(written([], 'json-array'))).toEqual([]);
    expect(written(PARTS.slice(3), 'json-array')).toMatch(/^\[\{[^]*\},\r\n\{[^]*\}\]$/);
  });

  it('tells calls that were cut short as far as they came', () => {
    const text = written(
      [
        { type: 'tool-call-start', id: 'a', name: 'f' },
        { type: 'tool-call-delta', id: 'a', arguments: '{"x":' },
        { type: 'finish', reason: 'length' },
      ],
      'json-array',
    );
    expect(JSON.parse(text)).toMatchObject([
      { candidates: [{ content: { parts: [{ functionCall: { args: { INVALID_JSON: '{"x":' } } }] } }] },
      { candidates: [{ finishReason: 'MAX_TOKENS' }] },
    ]);
  });
});
