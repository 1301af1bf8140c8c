import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { AnswerContext } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';
import { splitText } from '../dialect.contract.ts';
import { formatStream } from './format-stream.ts';

const context = (body: JsonObject): AnswerContext => ({
  callId: 'c1',
  requestedModel: 'fast',
  createdAt: 1_764_000_000_500,
  body,
  framing: 'sse',
});
const PARTS: readonly Part[] = [
  { type: 'head', status: 200, headers: {}, target: { provider: 'p', model: 'served' }, warnings: [] },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', text: 'Hi' },
  { type: 'text-end', id: 't' },
  { type: 'tool-call-start', id: 'call_a', name: 'f' },
  { type: 'tool-call-delta', id: 'call_a', arguments: '{}' },
  { type: 'tool-call-end', id: 'call_a', signature: 'google:CiQ=' },
  { type: 'tool-call-start', id: 'call_b', name: 'g' },
  { type: 'tool-call-end', id: 'call_b' },
  { type: 'usage', usage: usageOf({ input: 3, cacheRead: 2, output: 4, reasoning: 1 }), source: 'provider' },
  { type: 'finish', reason: 'tool-calls' },
];

function written(body: JsonObject): (JsonObject | string)[] {
  const formatter = formatStream(context(body));
  const text = PARTS.map((part) => formatter.part(part)).join('') + formatter.end();
  return splitText(text, 'sse').map(({ data }) =>
    data === '[DONE]' ? data : (JSON.parse(data) as JsonObject),
  );
}

describe('formatStream of chat completions', () => {
  it('writes chunks that the SDKs know, and the usage when it is asked for', () => {
    const events = written({ stream_options: { include_usage: true } });
    const deltas = events.map((event) => (typeof event === 'string' ? event : event['choices']));
    const choice = (delta: JsonObject, finish_reason: string | null = null) => [
      { index: 0, delta, logprobs: null, finish_reason },
    ];
    expect(deltas).toEqual([
      choice({ role: 'assistant', content: 'Hi', refusal: null }),
      choice({
        tool_calls: [{ index: 0, id: 'call_a', type: 'function', function: { name: 'f', arguments: '' } }],
      }),
      choice({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }),
      choice({
        tool_calls: [
          { index: 0, function: { arguments: '' }, extra_content: { google: { thought_signature: 'CiQ=' } } },
        ],
      }),
      choice({
        tool_calls: [{ index: 1, id: 'call_b', type: 'function', function: { name: 'g', arguments: '' } }],
      }),
      choice({}, 'tool_calls'),
      [],
      '[DONE]',
    ]);
    expect(events.at(-2)).toEqual({
      id: 'chatcmpl-c1',
      object: 'chat.completion.chunk',
      created: 1_764_000_000,
      model: 'served',
      system_fingerprint: null,
      choices: [],
      usage: {
        prompt_tokens: 5,
        completion_tokens: 4,
        total_tokens: 9,
        prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  it('writes no usage that nobody asked for', () => {
    expect(JSON.stringify(written({}))).not.toContain('"usage"');
  });

  it('writes nothing before the first content, so that an error can still be an HTTP error', () => {
    const formatter = formatStream(context({}));
    expect(PARTS.slice(0, 2).map((part) => formatter.part(part))).toEqual(['', '']);
  });

  it('is understood by the official client and its helper', async () => {
    const formatter = formatStream(context({ stream_options: { include_usage: true } }));
    const text = PARTS.map((part) => formatter.part(part)).join('') + formatter.end();
    const headers = { 'content-type': 'text/event-stream' };
    const fetch = () => Promise.resolve(new Response(text, { headers }));
    const client = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch });
    const stream = client.chat.completions.stream({
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message).toMatchObject({
      content: 'Hi',
      tool_calls: [
        { id: 'call_a', function: { name: 'f', arguments: '{}' } },
        { id: 'call_b', function: { name: 'g', arguments: '' } },
      ],
    });
    expect(final.choices[0]?.finish_reason).toBe('tool_calls');
    expect(final.usage?.total_tokens).toBe(9);
  });
});
