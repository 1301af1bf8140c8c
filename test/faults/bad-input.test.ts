import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { VirtualKey } from '../../src/core/key.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, startHarness } from '../harness.ts';
import { chat, post, raw } from '../http.ts';

let provider: FakeProvider;
let gateway: Harness;

beforeAll(async () => {
  provider = await startFakeProvider({ api: 'openai' });
  gateway = await startHarness({ providers: { openai: provider }, limits: { bodyBytes: 1_000_000 } });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});
beforeEach(() => provider.reset());

const path = (): string => `${gateway.url}/v1/chat/completions`;

describe('a request that is none', () => {
  it.each([
    ['malformed JSON', '{"model":', 400, 'not valid JSON'],
    ['an array', '[]', 400, 'must be a JSON object'],
    ['an empty body', '', 400, 'not valid JSON'],
    ['invalid UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400, 'UTF-8'],
    ['deep nesting', `{"model":"gpt-4o","a":${'['.repeat(100_000)}`, 400, 'nested deeper'],
    ['no model', '{"messages":[]}', 400, 'model'],
    ['a model that is no text', '{"model":7,"messages":[]}', 400, 'model'],
  ])('is refused as such: %s', async (_what, body, status, why) => {
    const reply = await post(path(), body);
    expect(reply.status).toBe(status);
    expect(reply.json().error).toMatchObject({
      message: expect.stringContaining(why),
      type: expect.any(String),
    });
    expect(reply.headers.get('x-illm-call-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(provider.requests).toHaveLength(0);
  });

  it('is booked as a failed call all the same', async () => {
    const before = gateway.rows.length;
    await post(path(), '{');
    const row = await gateway.row(before + 1);
    expect(row).toMatchObject({
      status: 'error',
      httpStatus: 400,
      errorCode: 'invalid_request',
      attempts: 0,
      costUsd: '0.000000',
    });
  });

  it('tells Anthropic and Gemini clients in their own words', async () => {
    const anthropic = await post(`${gateway.url}/v1/messages`, '{', { 'anthropic-version': '2023-06-01' });
    expect(anthropic.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
    const gemini = await post(`${gateway.url}/v1beta/models/gemini-2.5-flash:generateContent`, '{');
    expect(gemini.json().error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
  });

  it('may not be larger than the limit, whether it says so or not', async () => {
    const large = JSON.stringify({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'x'.repeat(1_100_000) }],
    });
    const declared = await post(path(), large);
    expect([declared.status, declared.json().error?.message]).toEqual([
      413,
      expect.stringContaining('limits.bodyBytes'),
    ]);
    const chunked = await raw(gateway.port, (socket) => {
      socket.write(
        'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n',
      );
      for (let sent = 0; sent < 12; sent++) socket.write(`186a0\r\n${'x'.repeat(100_000)}\r\n`);
    });
    expect(chunked).toContain('413');
    expect(provider.requests).toHaveLength(0);
  });

  it('takes 10,000 messages in stride', async () => {
    const messages = Array.from({ length: 10_000 }, (_, i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: `turn ${i}`,
    }));
    expect((await chat(gateway.url, { messages })).status).toBe(200);
  });

  it('names the nearest models when there is none of that name', async () => {
    const reply = await chat(gateway.url, { model: 'gtp-4o-mini' });
    expect(reply.status).toBe(404);
    expect(reply.json().error).toMatchObject({
      message: expect.stringContaining('gpt-4o-mini'),
      code: 'model_not_found',
    });
  });

  it('says where unknown endpoints are to be had', async () => {
    const reply = await post(`${gateway.url}/v1/audio/speech`, {});
    expect([reply.status, reply.json().error?.message]).toEqual([
      404,
      expect.stringContaining('/providers/{name}/v1/audio/speech'),
    ]);
  });

  it('must not be compressed', async () => {
    const reply = await post(path(), '{}', { 'content-encoding': 'gzip' });
    expect(reply.status).toBe(415);
  });
});

describe('a socket that misbehaves', () => {
  const request = (body: string): string =>
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] });

  it('may pipeline: answers come in order', async () => {
    const text = await raw(gateway.port, (socket) => {
      socket.write(
        request(body) +
          request('{') +
          request(body).replace('HTTP/1.1\r\n', 'HTTP/1.1\r\nconnection: close\r\n'),
      );
    });
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 200']);
  });

  it('that closes its half has left: the call is booked, and nobody else is harmed', async () => {
    const before = gateway.rows.length;
    await raw(gateway.port, (socket) => socket.end(request(body)));
    expect(await gateway.row(before + 1)).toMatchObject({ status: 'aborted', usageSource: 'provider' });
    expect((await chat(gateway.url)).status).toBe(200);
  });

  it('that leaves in the middle of its body is booked as aborted', async () => {
    const before = gateway.rows.length;
    await raw(gateway.port, (socket) => {
      socket.write(request(body).slice(0, -10));
      setTimeout(() => socket.destroy(), 50);
    });
    expect(await gateway.row(before + 1)).toMatchObject({
      status: 'aborted',
      attempts: 0,
      costUsd: '0.000000',
    });
  });

  it('that sends no HTTP at all harms nobody', async () => {
    expect(await raw(gateway.port, (socket) => socket.end('\u0000\u0001garbage\r\n\r\n'))).toContain('400');
    expect((await chat(gateway.url)).status).toBe(200);
  });
});

describe('who may not call', () => {
  const key: VirtualKey = {
    id: '0193b0c4-0000-7000-8000-000000000001',
    name: 'one',
    prefix: 'sk-illm-aaaa',
    scope: 'call',
    team: null,
    user: null,
    tags: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    revokedAt: null,
    expiresAt: null,
  };

  it('is told so, and reaches no provider: no key, a provider key, a revoked key', async () => {
    const guarded = await startHarness({ providers: { openai: provider }, keys: { 'sk-illm-good': key } });
    try {
      const refused = await Promise.all([
        chat(guarded.url),
        chat(guarded.url, {}, { authorization: 'Bearer sk-openai-own-key' }),
        chat(guarded.url, {}, { authorization: 'Bearer sk-illm-revoked' }),
      ]);
      expect(refused.map(({ status }) => status)).toEqual([401, 401, 401]);
      expect(provider.requests).toHaveLength(0);
      const good = await chat(guarded.url, {}, { authorization: 'Bearer sk-illm-good' });
      expect(good.status).toBe(200);
      expect(provider.requests[0]?.headers.authorization).not.toContain('sk-illm');
    } finally {
      await guarded.close();
    }
  });

  it('is a page of another site, and a name that was rebound', async () => {
    expect((await chat(gateway.url, {}, { origin: 'https://evil.example' })).status).toBe(403);
    const rebound = await raw(gateway.port, (socket) =>
      socket.end('POST /v1/chat/completions HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 2\r\n\r\n{}'),
    );
    expect(rebound).toContain('HTTP/1.1 403');
    expect(provider.requests).toHaveLength(0);
  });
});
