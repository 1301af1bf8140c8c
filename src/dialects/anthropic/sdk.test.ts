import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import type { AnswerContext } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';
import { anthropic } from './index.ts';

const CONTEXT: AnswerContext = {
  callId: '019ab5a0-0000-7000-8000-000000000000',
  requestedModel: 'claude-x',
  createdAt: 0,
  body: {},
  framing: 'sse',
};

const PARTS: readonly Part[] = [
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', text: 'hm' },
  { type: 'reasoning-end', id: 'r', signature: 'anthropic:sig' },
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', text: 'Let me ' },
  { type: 'text-delta', id: 't', text: 'look.' },
  { type: 'text-end', id: 't' },
  { type: 'tool-call-start', id: 'a', name: 'f' },
  { type: 'tool-call-start', id: 'b', name: 'g' },
  { type: 'tool-call-delta', id: 'b', arguments: '{"y":2}' },
  { type: 'tool-call-delta', id: 'a', arguments: '{"x":1}' },
  { type: 'tool-call-end', id: 'a' },
  { type: 'tool-call-end', id: 'b' },
  { type: 'usage', source: 'provider', usage: usageOf({ input: 9, cacheRead: 4, output: 5 }) },
  { type: 'finish', reason: 'tool-calls' },
];

/** The official client, answered without a network. */
function client(body: string, status = 200, type = 'text/event-stream'): Anthropic {
  return new Anthropic({
    apiKey: 'test',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(body, { status, headers: { 'content-type': type } })),
  });
}

const ASK = { model: 'claude-x', max_tokens: 10, messages: [{ role: 'user' as const, content: 'hi' }] };

describe('the official client', () => {
  it('reads a stream', async () => {
    const formatter = anthropic.generate!.formatStream(CONTEXT);
    const text = PARTS.map((part) => formatter.part(part)).join('') + formatter.end();
    const message = await client(text).messages.stream(ASK).finalMessage();
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      { type: 'tool_use', id: 'b', name: 'g', input: { y: 2 } },
    ]);
    expect(message).toMatchObject({
      stop_reason: 'tool_use',
      usage: { input_tokens: 9, cache_read_input_tokens: 4, output_tokens: 5 },
    });
  });

  it('reads an error within a stream', async () => {
    const formatter = anthropic.generate!.formatStream(CONTEXT);
    const text =
      PARTS.slice(0, 5)
        .map((part) => formatter.part(part))
        .join('') + formatter.error(new CallError('upstream_truncated', 'The provider broke off.'));
    await expect(client(text).messages.stream(ASK).finalMessage()).rejects.toThrow('The provider broke off.');
  });

  it('reads an error answer as its own kind of error', async () => {
    const error = new CallError('rate_limited', 'Slow down.');
    const body = JSON.stringify(anthropic.formatError(error));
    await expect(client(body, error.status, 'application/json').messages.create(ASK)).rejects.toThrow(
      Anthropic.RateLimitError,
    );
  });
});
