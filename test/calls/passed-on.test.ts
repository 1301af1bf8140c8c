import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, PROVIDER_KEY, startHarness } from '../harness.ts';
import { post, raw } from '../http.ts';

let openai: FakeProvider;
let gateway: Harness;

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
});
afterAll(() => openai.close());
beforeEach(async () => {
  openai.reset();
  gateway = await startHarness({ providers: { openai } });
});
afterEach(() => gateway.close());

describe('the other endpoints of a provider', () => {
  it('are reached under its name, with its key, and booked', async () => {
    const reply = await post(`${gateway.url}/providers/openai/v1/moderations?x=1`, {
      model: 'omni-moderation-latest',
      input: 'Hi',
    });
    expect(reply.status).toBe(200);
    expect(openai.requests[0]).toMatchObject({ method: 'POST', url: '/v1/moderations?x=1' });
    expect(openai.requests[0]?.headers.authorization).toBe(`Bearer ${PROVIDER_KEY}`);
    expect(await gateway.row()).toMatchObject({
      operation: 'relay',
      status: 'ok',
      target: { provider: 'openai', model: 'omni-moderation-latest' },
    });
  });

  it('may be named with the version or without', async () => {
    await post(`${gateway.url}/providers/openai/moderations`, {
      model: 'omni-moderation-latest',
      input: 'Hi',
    });
    expect(openai.requests[0]?.url).toBe('/v1/moderations');
  });

  it('are metered and priced where they are known ones', async () => {
    const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };
    const reply = await post(`${gateway.url}/providers/openai/v1/chat/completions`, body);
    const row = await gateway.row();
    expect(row).toMatchObject({
      operation: 'generate',
      usageSource: 'provider',
      target: { provider: 'openai', model: 'gpt-4o-mini' },
    });
    expect(reply.headers.get('x-illm-cost-usd')).toBe(row.costUsd);
    expect(JSON.parse(openai.requests[0]?.body.toString() ?? '')).toEqual(body);
  });

  it.each([
    '/providers/openai/../../etc/passwd',
    '/providers/openai//evil.example/v1/models',
    '/providers/openai/%2e%2e/admin',
    '/providers/openai/v1/..%2f..%2fadmin',
    '/providers/openai/\\\\evil.example/x',
  ])('cannot be used to leave the provider: %s', async (path) => {
    await raw(gateway.port, (socket) =>
      socket.end(
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`,
      ),
    );
    for (const { url, headers } of openai.requests) {
      expect(url.startsWith('/v1/')).toBe(true);
      expect(url).not.toMatch(/\.\.|%2e%2e|evil/i);
      expect(headers.host).toBe(new URL(openai.origin).host);
    }
  });

  it('of a provider that is not configured do not exist', async () => {
    const reply = await post(`${gateway.url}/providers/nobody/v1/x`, {});
    expect([reply.status, reply.json().error?.message]).toEqual([404, expect.stringContaining('"nobody"')]);
  });
});

describe("a client's own key", () => {
  it('goes to the provider of its dialect and to no other', async () => {
    const anthropic = await startFakeProvider({ api: 'anthropic' });
    const compatible = await startFakeProvider({ api: 'openai-compatible' });
    const open = await startHarness({
      providers: {
        openai: { kind: 'openai', baseUrl: openai.baseUrl, keys: [] },
        anthropic: { kind: 'anthropic', baseUrl: anthropic.baseUrl, keys: [] },
        ours: { kind: 'openai-compatible', baseUrl: compatible.baseUrl, keys: [] },
      },
    });
    const own = { authorization: 'Bearer sk-own-0123456789' };
    const messages = [{ role: 'user', content: 'Hi' }];
    const chatPath = `${open.url}/v1/chat/completions`;
    expect((await post(chatPath, { model: 'gpt-4o-mini', messages }, own)).status).toBe(200);
    expect(openai.requests[0]?.headers.authorization).toBe('Bearer sk-own-0123456789');
    expect((await post(chatPath, { model: 'anthropic/claude-haiku-4-5', messages }, own)).status).toBe(401);
    expect(anthropic.requests).toHaveLength(0);
    await post(chatPath, { model: 'ours/llama', messages }, own);
    expect(JSON.stringify(compatible.requests.map(({ headers }) => headers))).not.toContain('sk-own');
    expect(open.rows[0]?.keyName).toMatch(/^client:[0-9a-f]{8}$/);
    expect(JSON.stringify(open.rows) + open.logged()).not.toContain('sk-own-0123456789');
    await Promise.all([open.close(), anthropic.close(), compatible.close()]);
  });
});
