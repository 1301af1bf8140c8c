import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../core/secret.ts';
import {
  type Answer,
  callOf,
  CHAT,
  chatStream,
  chunk,
  completion,
  events,
  json,
  KEY,
  rig,
  type Rig,
  send,
  serve,
  type TestServer,
  typesOf,
  usageChunk,
  usageOf,
} from './rig.contract.ts';

const CHAT_URL = '/v1/chat/completions';
const STREAMED = { ...CHAT, stream: true };

let server: TestServer;
let upstreams: Rig;

async function start(...answers: readonly Answer[]): Promise<Rig> {
  server = await serve(...answers);
  upstreams = rig([{ baseUrl: `${server.origin}/v1/` }]);
  return upstreams;
}

afterEach(async () => {
  await server.close();
  await upstreams.upstreams.close();
});

describe('a relayed whole answer', () => {
  it('passes both bodies on byte for byte', async () => {
    const answer =
      '{ "id" : "chatcmpl-1","unknown":[1,2] ,"choices":[ {"finish_reason":"stop", "message":{}}],"usage":{"prompt_tokens":3} }';
    const at = await start((res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_1' });
      res.end(answer);
    });
    const body = '{"model":"gpt-4o",  "messages":[], "unknown": {"a":1}}';
    const base = callOf('openai-chat', CHAT_URL, CHAT);
    const { wire, parts, error } = await send(at, {
      ...base,
      body: JSON.parse(body),
      wire: { ...base.wire, body: Buffer.from(body) },
    });
    expect(error).toBeNull();
    expect(server.received[0]).toMatchObject({ method: 'POST', url: '/v1/chat/completions', body });
    expect(wire).toBe(answer);
    expect(parts[0]).toMatchObject({ type: 'head', status: 200, headers: { 'x-request-id': 'req_1' } });
  });

  it('tells usage before the bytes, and the finish last', async () => {
    const at = await start((res) => json(res, 200, completion));
    const call = callOf('openai-chat', CHAT_URL, CHAT);
    const { parts } = await send(at, call);
    expect(typesOf(parts)).toEqual(['head', 'usage', 'wire', 'finish']);
    expect(usageOf(parts)).toEqual({ input: 9, output: 2 });
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
    expect(call.trail.attempts).toBe(1);
    expect(call.trail.lastTarget).toEqual({ provider: 'openai', model: 'gpt-4o' });
  });

  it("puts the target's model in the place of an alias and leaves every other byte", async () => {
    const at = await start((res) => json(res, 200, completion));
    const call = callOf('openai-chat', CHAT_URL, { ...CHAT, model: 'fast' });
    await send(at, { ...call, target: { provider: 'openai', model: 'gpt-4o-mini' } });
    expect(server.received[0]?.body).toBe(JSON.stringify({ ...CHAT, model: 'gpt-4o-mini' }));
  });

  it('relays embeddings', async () => {
    const answer = {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }],
      model: 'text-embedding-3-small',
      usage: { prompt_tokens: 5, total_tokens: 5 },
    };
    const at = await start((res) => json(res, 200, answer));
    const call = callOf('openai-chat', '/v1/embeddings', { model: 'text-embedding-3-small', input: 'Hi' });
    const { parts, wire } = await send(at, call);
    expect(wire).toBe(JSON.stringify(answer));
    expect(usageOf(parts)).toEqual({ input: 5 });
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });
});

describe('a relayed stream', () => {
  it('asks for usage and takes its event out again', async () => {
    const at = await start(chatStream);
    const { parts, wire, error } = await send(at, callOf('openai-chat', CHAT_URL, STREAMED));
    expect(error).toBeNull();
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      ...STREAMED,
      stream_options: { include_usage: true },
    });
    const shown = [
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
    ];
    const all = [...shown, chunk({}, 'stop')].map((each) => `data: ${JSON.stringify(each)}\n\n`);
    expect(wire).toBe(`${all.join('')}data: [DONE]\n\n`);
    expect(usageOf(parts)).toEqual({ input: 9, output: 2 });
    expect(parts[0]?.type).toBe('head');
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });

  it('leaves the usage event to a client that asked for it', async () => {
    const at = await start(chatStream);
    const body = { ...STREAMED, stream_options: { include_usage: true } };
    const { wire, parts } = await send(at, callOf('openai-chat', CHAT_URL, body));
    expect(server.received[0]?.body).toBe(JSON.stringify(body));
    expect(wire).toContain(`data: ${JSON.stringify(usageChunk)}\n\n`);
    expect(usageOf(parts)).toEqual({ input: 9, output: 2 });
  });

  it('passes events on as they come, however the bytes are cut', async () => {
    const bytes: string[] = [];
    const collector = { headersSent: true, write: (text: string) => bytes.push(text) };
    events(
      collector as never,
      chunk({ content: 'Häl' }),
      chunk({ content: '😀' }),
      chunk({}, 'stop'),
      '[DONE]',
    );
    const all = Buffer.from(bytes.join(''));
    const at = await start(async (res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let i = 0; i < all.length; i += 7) {
        res.write(all.subarray(i, i + 7));
        if (i % 70 === 0) await new Promise(setImmediate);
      }
      res.end();
    });
    const { wire, error } = await send(at, callOf('openai-chat', CHAT_URL, STREAMED));
    expect(error).toBeNull();
    expect(wire).toBe(all.toString());
  });

  it('keeps the opening back until the first token', async () => {
    let proceed: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const at = await start(async (res) => {
      events(res, chunk({ role: 'assistant', content: '' }));
      await waits;
      events(res, chunk({ content: 'Hello' }), chunk({}, 'stop'), '[DONE]');
      res.end();
    });
    const parts = at.upstreams.get('openai')!.send(callOf('openai-chat', CHAT_URL, STREAMED));
    const iterator = parts[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ type: 'head' });
    const second = iterator.next();
    const winner = await Promise.race([second, new Promise((resolve) => setTimeout(resolve, 50, 'nothing'))]);
    expect(winner).toBe('nothing');
    proceed();
    expect((await second).value).toMatchObject({ type: 'wire' });
    await iterator.return?.();
  });

  it('turns a whole answer into a stream when the server does not stream', async () => {
    const at = await start((res) => json(res, 200, completion));
    const { parts } = await send(at, callOf('openai-chat', CHAT_URL, STREAMED));
    expect(typesOf(parts)).toEqual(['head', 'text-start', 'text-delta', 'text-end', 'usage', 'finish']);
  });
});

describe('the request', () => {
  const client = {
    'content-type': 'application/json',
    'user-agent': 'OpenAI/JS 6.0',
    'x-stainless-lang': 'js',
    'openai-beta': 'assistants=v2',
    authorization: 'Bearer sk-illm-virtual',
    'x-api-key': 'sk-illm-virtual',
    cookie: 'session=1',
    'accept-encoding': 'gzip',
    connection: 'keep-alive',
    expect: '100-continue',
    'transfer-encoding': 'chunked',
    'x-forwarded-for': '10.0.0.1',
    'x-illm-tags': 'a=b',
    'openai-organization': 'org-client',
    host: 'gateway',
    'content-length': '999',
  };

  it('has our key, the client’s harmless headers, and nothing of its connection, network or credentials', async () => {
    const at = await start((res) => json(res, 200, completion));
    const base = callOf('openai-chat', CHAT_URL, CHAT);
    await send(at, { ...base, wire: { ...base.wire, headers: client } });
    const { headers } = server.received[0]!;
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(headers['user-agent']).toBe('OpenAI/JS 6.0');
    expect(headers['x-stainless-lang']).toBe('js');
    expect(headers['openai-beta']).toBe('assistants=v2');
    expect(headers.host).toBe(new URL(server.origin).host);
    expect(headers['content-length']).toBe(String(base.wire.body.length));
    for (const name of [
      'x-api-key',
      'cookie',
      'accept-encoding',
      'expect',
      'transfer-encoding',
      'x-forwarded-for',
      'x-illm-tags',
      'openai-organization',
    ])
      expect(headers, name).not.toHaveProperty(name);
  });

  it("shows a client's own credential to the provider of its dialect", async () => {
    server = await serve((res) => json(res, 200, completion));
    upstreams = rig([{ baseUrl: `${server.origin}/v1`, keys: [] }]);
    const base = callOf('openai-chat', CHAT_URL, CHAT);
    const credential = new Secret('sk-own-key-of-client');
    const wire = { ...base.wire, headers: client };
    const { error } = await send(upstreams, { ...base, wire, caller: { ...base.caller, credential } });
    expect(error).toBeNull();
    const { headers } = server.received[0]!;
    expect(headers.authorization).toBe('Bearer sk-own-key-of-client');
    expect(headers['openai-organization']).toBe('org-client');
  });

  it('shows it to no other host', async () => {
    server = await serve((res) => json(res, 200, completion));
    upstreams = rig([
      { name: 'anthropic', kind: 'anthropic', baseUrl: server.origin, keys: [] },
      { name: 'local', kind: 'openai-compatible', baseUrl: `${server.origin}/v1`, keys: [] },
    ]);
    const base = callOf('openai-chat', CHAT_URL, CHAT);
    const caller = { ...base.caller, credential: new Secret('sk-own-key-of-client') };
    const toAnthropic = { ...base, caller, target: { provider: 'anthropic', model: 'claude-sonnet-4-5' } };
    const refused = await send(upstreams, toAnthropic);
    expect(refused.error).toMatchObject({ code: 'unauthenticated', status: 401, retryable: 'other' });
    expect(refused.error?.message).toContain('ANTHROPIC_API_KEY');
    expect(server.received).toHaveLength(0);
    const local = await send(upstreams, { ...base, caller, target: { provider: 'local', model: 'llama' } });
    expect(local.error).toBeNull();
    expect(JSON.stringify(server.received)).not.toContain('sk-own-key');
  });

  it('has the configured headers, which win', async () => {
    server = await serve((res) => json(res, 200, completion));
    upstreams = rig([{ baseUrl: `${server.origin}/v1`, headers: { 'X-Team': 'ours', 'User-Agent': 'us' } }]);
    const base = callOf('openai-chat', CHAT_URL, CHAT);
    await send(upstreams, { ...base, wire: { ...base.wire, headers: client } });
    expect(server.received[0]?.headers).toMatchObject({ 'x-team': 'ours', 'user-agent': 'us' });
  });
});
