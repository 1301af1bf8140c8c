import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/answer.ts';
import type { AnswerContext } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';
import { splitText } from '../dialect.contract.ts';
import { formatResponse } from './format-response.ts';
import { formatStream } from './format-stream.ts';

const CONTEXT: AnswerContext = {
  callId: '019ab5a0-0000-7000-8000-000000000001',
  requestedModel: 'fast',
  createdAt: 1_764_000_000_500,
  body: { model: 'fast', input: 'Hi', stream: true, temperature: 0.5, metadata: { a: 'b' } },
  framing: 'sse',
};
const HEAD: Part = {
  type: 'head',
  status: 200,
  headers: {},
  target: { provider: 'p', model: 'served' },
  warnings: [],
};
const PARTS: readonly Part[] = [
  HEAD,
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', text: 'Hm.' },
  { type: 'reasoning-end', id: 'r', signature: 'openai:rs_9:gAAAA' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', text: 'Hel' },
  { type: 'text-delta', id: 't', text: 'lo' },
  { type: 'text-end', id: 't' },
  { type: 'tool-call-start', id: 'call_a', name: 'f' },
  { type: 'tool-call-delta', id: 'call_a', arguments: '{"x":1}' },
  { type: 'tool-call-end', id: 'call_a' },
  { type: 'usage', usage: usageOf({ input: 3, cacheRead: 2, output: 4, reasoning: 1 }), source: 'provider' },
  { type: 'finish', reason: 'tool-calls' },
];

function write(parts: readonly Part[], context: AnswerContext = CONTEXT): string {
  const formatter = formatStream(context);
  return parts.map((part) => formatter.part(part)).join('') + formatter.end();
}

const events = (text: string): JsonObject[] =>
  splitText(text, 'sse').map(({ data }) => JSON.parse(data) as JsonObject);

/** The official client, reading these bytes instead of a socket. */
function clientOf(text: string): OpenAI {
  const headers = { 'content-type': 'text/event-stream' };
  return new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(text, { headers })),
  });
}

describe('formatStream of responses', () => {
  it('tells every item from its beginning to its end, numbered', () => {
    const written = events(write(PARTS));
    expect(written.map((event) => event['type'])).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(written.map((event) => event['sequence_number'])).toEqual(written.map((_, index) => index));
    expect(splitText(write(PARTS), 'sse').map((event) => event.event)).toEqual(
      written.map((event) => event['type']),
    );
  });

  it('ends with the response that would have been the whole answer', () => {
    const streamed = events(write(PARTS)).at(-1)?.['response'];
    const served = { ...CONTEXT, requestedModel: 'served' };
    const whole = JSON.parse(JSON.stringify(formatResponse(answerOf(PARTS), served))) as Json;
    const withoutIds = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (key, item: Json) => (key === 'id' ? 'any' : item)));
    expect(withoutIds(streamed)).toEqual(withoutIds(whole));
  });

  it('is understood by the official client, as a stream and through its helper', async () => {
    const stream = await clientOf(write(PARTS)).responses.create({ model: 'm', input: 'Hi', stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toHaveLength(20);

    const final = await clientOf(write(PARTS)).responses.stream({ model: 'm', input: 'Hi' }).finalResponse();
    expect(final.output_text).toBe('Hello');
    expect(final.output.map((item) => item.type)).toEqual(['reasoning', 'message', 'function_call']);
    expect(final.output[0]).toMatchObject({
      id: 'rs_9',
      encrypted_content: 'gAAAA',
      summary: [{ text: 'Hm.' }],
    });
    expect(final.usage).toMatchObject({ input_tokens: 5, output_tokens: 4, total_tokens: 9 });
    expect(final).toMatchObject({
      status: 'completed',
      model: 'served',
      temperature: 0.5,
      metadata: { a: 'b' },
    });
  });

  it('makes the official client throw on an error in the middle', async () => {
    const formatter = formatStream(CONTEXT);
    const text = PARTS.slice(0, 6)
      .map((part) => formatter.part(part))
      .join('');
    const broken = text + formatter.error(new CallError('upstream_truncated', 'It broke off.'));
    const stream = await clientOf(broken).responses.create({ model: 'm', input: 'Hi', stream: true });
    await expect(async () => {
      for await (const _ of stream);
    }).rejects.toThrow('It broke off.');
  });

  it('tells an incomplete answer, and begins even an empty one', () => {
    const written = events(write([HEAD, { type: 'finish', reason: 'length' }]));
    expect(written.map((event) => event['type'])).toEqual([
      'response.created',
      'response.in_progress',
      'response.incomplete',
    ]);
    expect(written.at(-1)?.['response']).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: null,
    });
  });

  it('writes pictures as generated images', () => {
    const written = events(
      write([
        HEAD,
        { type: 'media', mediaType: 'image/webp', data: 'AAAA' },
        { type: 'finish', reason: 'stop' },
      ]),
    );
    expect(written.find((event) => event['type'] === 'response.output_item.done')?.['item']).toMatchObject({
      type: 'image_generation_call',
      result: 'AAAA',
      output_format: 'webp',
    });
  });

  it('writes nothing before the first content, so that an error can still be an HTTP error', () => {
    expect(formatStream(CONTEXT).part(HEAD)).toBe('');
  });
});

describe('proofs of thoughts', () => {
  it('of other providers go through a client of this dialect unharmed', () => {
    const proof = { signature: 'anthropic:EqQB' };
    const [item] = formatResponse(
      {
        content: [{ type: 'reasoning', text: 'Hm.', ...proof }],
        usage: null,
        finish: { type: 'finish', reason: 'stop' },
      },
      CONTEXT,
    )['output'] as JsonObject[];
    expect(item).toMatchObject({ type: 'reasoning', encrypted_content: 'anthropic:EqQB' });
  });
});
