import { GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AnswerContext } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';
import { usageOf } from '../../core/usage.ts';
import { gemini } from './index.ts';

const CONTEXT: AnswerContext = {
  callId: '019ab5a0-0000-7000-8000-000000000000',
  requestedModel: 'gemini-x',
  createdAt: 0,
  body: { requests: [] },
  framing: 'sse',
};

const PARTS: readonly Part[] = [
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', text: 'Let me ' },
  { type: 'text-delta', id: 't', text: 'look.' },
  { type: 'text-end', id: 't' },
  { type: 'tool-call-start', id: 'a', name: 'f' },
  { type: 'tool-call-delta', id: 'a', arguments: '{"x":1}' },
  { type: 'tool-call-end', id: 'a' },
  { type: 'usage', source: 'provider', usage: usageOf({ input: 9, cacheRead: 4, output: 5 }) },
  { type: 'finish', reason: 'tool-calls' },
];

const client = new GoogleGenAI({ apiKey: 'test' });
const ASK = { model: 'gemini-x', contents: 'hi' };

/** The official client, answered without a network. */
function answer(body: string, status = 200, type = 'application/json'): void {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response(body, { status, headers: { 'content-type': type } })),
  );
}

afterEach(() => vi.unstubAllGlobals());

describe('the official client', () => {
  it('reads a stream', async () => {
    const formatter = gemini.generate!.formatStream(CONTEXT);
    answer(PARTS.map((part) => formatter.part(part)).join('') + formatter.end(), 200, 'text/event-stream');
    let text = '';
    let last;
    const calls: unknown[] = [];
    for await (const chunk of await client.models.generateContentStream(ASK)) {
      text += chunk.candidates?.[0]?.content?.parts?.map((part) => part.text ?? '').join('') ?? '';
      calls.push(...(chunk.functionCalls ?? []));
      last = chunk;
    }
    expect(text).toBe('Let me look.');
    expect(calls).toEqual([{ id: 'a', name: 'f', args: { x: 1 } }]);
    expect(last?.candidates?.[0]?.finishReason).toBe('STOP');
    expect(last?.usageMetadata).toMatchObject({ promptTokenCount: 13, cachedContentTokenCount: 4 });
  });

  it('goes on with a chat, whose history takes no empty responses', async () => {
    const chat = client.chats.create({ model: 'gemini-x' });
    const formatter = gemini.generate!.formatStream(CONTEXT);
    answer(PARTS.map((part) => formatter.part(part)).join(''), 200, 'text/event-stream');
    for await (const _chunk of await chat.sendMessageStream({ message: 'hi' }));
    expect(chat.getHistory(true).map(({ role }) => role)).toContain('model');
  });

  it('reads an error within a stream', async () => {
    const formatter = gemini.generate!.formatStream(CONTEXT);
    const text =
      formatter.part(PARTS[1]!) +
      formatter.error(new CallError('upstream_truncated', 'The provider broke off.'));
    answer(text, 200, 'text/event-stream');
    await expect(async () => {
      for await (const _chunk of await client.models.generateContentStream(ASK));
    }).rejects.toThrow('The provider broke off.');
  });

  it('reads an error answer', async () => {
    const error = new CallError('rate_limited', 'Slow down.', { retryAfterMs: 1000 });
    answer(JSON.stringify(gemini.formatError(error)), 400);
    await expect(client.models.generateContent(ASK)).rejects.toThrow('Slow down.');
  });

  it('reads embeddings and counts', async () => {
    const vector: Part = { type: 'embedding', index: 0, vector: [1, 2] };
    answer(JSON.stringify(gemini.embed!.formatResponse([vector], CONTEXT)));
    expect((await client.models.embedContent(ASK)).embeddings?.[0]?.values).toEqual([1, 2]);
    answer(JSON.stringify(gemini.count!.formatResponse(7)));
    expect((await client.models.countTokens(ASK)).totalTokens).toBe(7);
  });
});
