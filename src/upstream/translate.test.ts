import { afterEach, describe, expect, it } from 'vitest';
import type { ProviderSettings } from '../core/settings.ts';
import {
  type Answer,
  callOf,
  CHAT,
  chatStream,
  completion,
  json,
  KEY,
  rig,
  type Rig,
  send,
  serve,
  type TestServer,
  typesOf,
  usageOf,
} from './rig.contract.ts';

let server: TestServer;
let at: Rig;

async function start(answer: Answer, provider: Partial<ProviderSettings> = {}): Promise<Rig> {
  server = await serve(answer);
  at = rig([{ baseUrl: `${server.origin}/v1`, ...provider }]);
  return at;
}

afterEach(async () => {
  await server.close();
  await at.upstreams.close();
});

const MESSAGES = { model: 'gpt-4o', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] };
const claude = { provider: 'anthropic', model: 'claude-sonnet-4-5' };

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 8, output_tokens: 3 },
};

async function startAnthropic(answer: Answer): Promise<Rig> {
  server = await serve(answer);
  at = rig([{ name: 'anthropic', kind: 'anthropic', baseUrl: server.origin }]);
  return at;
}

describe('a call in another dialect', () => {
  it('is put in the words of the provider, and its answer in parts', async () => {
    const { parts, error } = await send(
      await start((res) => json(res, 200, completion)),
      callOf('anthropic', '/v1/messages', MESSAGES),
    );
    expect(error).toBeNull();
    const { url, headers, body } = server.received[0]!;
    expect(url).toBe('/v1/chat/completions');
    expect(headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      'user-agent': 'infinite-llm',
    });
    expect(JSON.parse(body)).toMatchObject({ model: 'gpt-4o', messages: [{ role: 'user' }] });
    expect(typesOf(parts)).toEqual(['head', 'text-start', 'text-delta', 'text-end', 'usage', 'finish']);
    expect(usageOf(parts)).toEqual({ input: 9, output: 2 });
  });

  it('is streamed', async () => {
    const { parts, error } = await send(
      await start(chatStream),
      callOf('anthropic', '/v1/messages', { ...MESSAGES, stream: true }),
    );
    expect(error).toBeNull();
    expect(JSON.parse(server.received[0]!.body)).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    const text = parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : []));
    expect(text.join('')).toBe('Hello');
    expect(usageOf(parts)).toEqual({ input: 9, output: 2 });
    expect(parts[0]?.type).toBe('head');
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });

  it('tells the client what was left out', async () => {
    const body = { ...CHAT, seed: 7 };
    const call = callOf('openai-chat', '/v1/chat/completions', body, { target: claude });
    const { parts } = await send(await startAnthropic((res) => json(res, 200, message)), call);
    expect(parts[0]).toMatchObject({
      type: 'head',
      warnings: expect.arrayContaining([expect.stringContaining('seed')]),
    });
    expect(server.received[0]).toMatchObject({ url: '/v1/messages' });
    expect(server.received[0]?.headers).toMatchObject({
      'x-api-key': KEY,
      'anthropic-version': '2023-06-01',
    });
    expect(server.received[0]?.headers).not.toHaveProperty('authorization');
  });

  it("gives errors without the provider's bytes, which the client would not understand", async () => {
    const { error } = await send(
      await start((res) => json(res, 500, { error: { message: 'The server had an error' } })),
      callOf('anthropic', '/v1/messages', MESSAGES),
    );
    expect(error).toMatchObject({ code: 'upstream_error', message: 'The server had an error' });
    expect(error?.wire).toBeUndefined();
  });

  it('is refused before it is sent when the provider has no such endpoint', async () => {
    const body = { model: 'text-embedding-3-small', input: 'Hi' };
    const embed = callOf('openai-chat', '/v1/embeddings', body, { target: claude });
    expect((await send(await startAnthropic(() => undefined), embed)).error).toMatchObject({
      code: 'unsupported',
    });
    expect(server.received).toEqual([]);
    expect(embed.trail.attempts).toBe(0);
  });

  it('leaves the counting of tokens to whoever can when the provider cannot', async () => {
    const { error } = await send(
      await start(() => undefined),
      callOf('anthropic', '/v1/messages/count_tokens', MESSAGES),
    );
    expect(error).toMatchObject({ code: 'unsupported' });
  });

  it('has its tokens counted where the provider can', async () => {
    const gemini = callOf(
      'gemini',
      '/v1beta/models/x:countTokens',
      { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      { target: claude },
    );
    const { parts } = await send(await startAnthropic((res) => json(res, 200, { input_tokens: 14 })), gemini);
    expect(server.received[0]?.url).toBe('/v1/messages/count_tokens');
    expect(parts.slice(1)).toEqual([
      { type: 'token-count', inputTokens: 14 },
      { type: 'finish', reason: 'stop' },
    ]);
  });

  it('reaches a server that speaks several dialects in its own', async () => {
    const dialects = ['openai-chat', 'anthropic'];
    const provider = { kind: 'openai-compatible', dialects, keys: [] };
    const call = callOf('anthropic', '/v1/messages?beta=true', MESSAGES);
    const { wire } = await send(await start((res) => json(res, 200, message), provider), call);
    // The version counts once, although base URL and path both have it.
    expect(server.received[0]?.url).toBe('/v1/messages?beta=true');
    expect(JSON.parse(wire)).toEqual(message);
  });
});

describe('Gemini', () => {
  const BODY = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };
  const answer = {
    candidates: [{ content: { role: 'model', parts: [{ text: 'Hello' }] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1, totalTokenCount: 5 },
    modelVersion: 'gemini-2.5-flash',
  };
  const target = { provider: 'google', model: 'gemini-2.5-flash' };

  async function startGoogle(reply: Answer): Promise<Rig> {
    server = await serve(reply);
    at = rig([{ name: 'google', kind: 'google', baseUrl: server.origin }]);
    return at;
  }

  it("is relayed with the target's model in the path and without the client's key in the query", async () => {
    const call = callOf('gemini', '/v1beta/models/fast:generateContent?key=sk-illm-x&%24alt=json', BODY, {
      target,
    });
    const { wire, parts } = await send(await startGoogle((res) => json(res, 200, answer)), call);
    expect(server.received[0]?.url).toBe('/v1beta/models/gemini-2.5-flash:generateContent?%24alt=json');
    expect(server.received[0]?.headers['x-goog-api-key']).toBe(KEY);
    expect(server.received[0]?.body).toBe(JSON.stringify(BODY));
    expect(JSON.parse(wire)).toEqual(answer);
    expect(usageOf(parts)).toEqual({ input: 4, output: 1 });
  });

  it.each([
    ['?alt=sse', 'text/event-stream', `data: ${JSON.stringify(answer)}\r\n\r\n`],
    ['', 'application/json; charset=UTF-8', `[${JSON.stringify(answer)}\n]`],
  ])('streams as the client asked (%s)', async (query, type, body) => {
    const url = `/v1beta/models/gemini-2.5-flash:streamGenerateContent${query}`;
    const reply: Answer = (res) => void res.writeHead(200, { 'content-type': type }).end(body);
    const { wire, parts, error } = await send(
      await startGoogle(reply),
      callOf('gemini', url, BODY, { target }),
    );
    expect(error).toBeNull();
    expect(server.received[0]?.url).toBe(url);
    expect(wire).toBe(body);
    expect(usageOf(parts)).toEqual({ input: 4, output: 1 });
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });
});
