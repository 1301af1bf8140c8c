import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../gateway-fixture.ts';
import type { GatewayFixture } from '../gateway-fixture.ts';
import { anthropicClient } from './drivers/anthropic.ts';
import { genAiClient } from './drivers/genai.ts';
import { openAiClient } from './drivers/openai-client.ts';
import { ALIASES } from './targets.ts';

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await startGateway({ config: { models: ALIASES } });
});
afterAll(() => gateway.stop());

const messages = [{ role: 'user' as const, content: 'hi' }];
const to = (headers: Record<string, string>, key = 'any') => ({ origin: gateway.origin, key, headers });

describe('whom a call is booked on', () => {
  it('tags, session and trace come from headers', async () => {
    const session = randomUUID();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const client = openAiClient(
      to({
        'x-illm-tags': 'feature=search, env=prod',
        'x-illm-session': session,
        traceparent: `00-${trace}-00f067aa0ba902b7-01`,
      }),
    );
    await client.chat.completions.create({ model: 'on-openai', messages });
    expect(await gateway.calls({ session })).toMatchObject([
      { tags: { feature: 'search', env: 'prod' }, session, traceId: trace },
    ]);
  });

  it("user and tags come from OpenAI's user and metadata", async () => {
    const session = randomUUID();
    const client = openAiClient(to({ 'x-illm-session': session }));
    const who = { user: 'ada', metadata: { feature: 'mail' } };
    await client.chat.completions.create({ model: 'on-openai', messages, ...who });
    await client.responses.create({ model: 'on-openai', input: 'hi', ...who });
    const booked = { user: 'ada', tags: { feature: 'mail' } };
    expect(await gateway.calls({ session }, 2)).toMatchObject([booked, booked]);
  });

  it("the user comes from Anthropic's metadata, whatever the provider", async () => {
    const session = randomUUID();
    const client = anthropicClient(to({ 'x-illm-session': session }));
    for (const model of ['on-anthropic', 'on-openai'])
      await client.messages.create({ model, max_tokens: 50, messages, metadata: { user_id: 'grace' } });
    expect(await gateway.calls({ session }, 2)).toMatchObject([{ user: 'grace' }, { user: 'grace' }]);
  });

  it('a Gemini client has the headers', async () => {
    const session = randomUUID();
    const client = genAiClient(to({ 'x-illm-session': session, 'x-illm-tags': 'team=maps' }));
    await client.models.generateContent({ model: 'on-google', contents: 'hi' });
    expect(await gateway.calls({ session })).toMatchObject([{ session, tags: { team: 'maps' } }]);
  });
});

describe('virtual keys', () => {
  let keyed: GatewayFixture;
  let secret: string;
  let id: string;
  beforeAll(async () => {
    keyed = await startGateway({ config: { models: ALIASES } });
    const created = await keyed.api('POST', '/keys', {
      name: 'search-prod',
      team: 'search',
      user: 'linus',
      tags: { env: 'prod' },
      scope: 'call',
    });
    expect(created.status).toBe(201);
    secret = created.body['secret'] as string;
    id = (created.body['key'] as { id: string }).id;
  });
  afterAll(() => keyed.stop());

  const session = randomUUID();
  const with_ = (key: string) => ({ origin: keyed.origin, key, headers: { 'x-illm-session': session } });

  it('book team, user and tags, in the header of every SDK', async () => {
    await openAiClient(with_(secret)).chat.completions.create({ model: 'on-openai', messages });
    await anthropicClient(with_(secret)).messages.create({ model: 'on-anthropic', max_tokens: 50, messages });
    await genAiClient(with_(secret)).models.generateContent({ model: 'on-google', contents: 'hi' });
    const rows = await keyed.calls({ session }, 3);
    const booked = {
      keyId: id,
      keyName: 'search-prod',
      team: 'search',
      user: 'linus',
      tags: { env: 'prod' },
      status: 'ok',
    };
    expect(rows).toMatchObject([booked, booked, booked]);
  });

  it('are the only ones accepted, once one exists', async () => {
    const chat = openAiClient(with_('sk-somebody')).chat.completions.create({ model: 'on-openai', messages });
    await expect(chat).rejects.toMatchObject({ status: 401 });
    const message = anthropicClient(with_('sk-somebody')).messages.create({
      model: 'on-anthropic',
      max_tokens: 50,
      messages,
    });
    await expect(message).rejects.toMatchObject({ status: 401 });
    const generated = genAiClient(with_('somebody')).models.generateContent({
      model: 'on-google',
      contents: 'hi',
    });
    await expect(generated).rejects.toMatchObject({ status: 401 });
  });

  it('are never shown to a provider', () => {
    const seen = Object.values(keyed.providers).flatMap(({ requests }) => requests);
    expect(seen.length).toBeGreaterThan(0);
    expect(JSON.stringify(seen.map(({ headers, url }) => [headers, url]))).not.toContain(secret);
    expect(keyed.output()).not.toContain(secret);
  });

  it('are refused once revoked', async () => {
    expect((await keyed.api('DELETE', `/keys/${id}`)).status).toBe(200);
    await expect
      .poll(async () => {
        try {
          await openAiClient(with_(secret)).chat.completions.create({ model: 'on-openai', messages });
          return 200;
        } catch (error) {
          return (error as { status?: number }).status;
        }
      })
      .toBe(401);
  });
});
