import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { anthropicClient } from './drivers/anthropic.ts';
import { genAiClient } from './drivers/genai.ts';
import { openAiClient } from './drivers/openai-client.ts';
import { gateway } from './shared-gateway.ts';

const messages = [{ role: 'user' as const, content: 'hi' }];

describe('virtual keys', () => {
  let secret: string;
  let id: string;
  beforeAll(async () => {
    const created = await gateway.api('POST', '/keys', {
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

  const session = randomUUID();
  const with_ = (key: string) => ({ origin: gateway.origin, key, headers: { 'x-illm-session': session } });

  it('book team, user and tags, in the header of every SDK', async () => {
    await openAiClient(with_(secret)).chat.completions.create({ model: 'on-openai', messages });
    await anthropicClient(with_(secret)).messages.create({ model: 'on-anthropic', max_tokens: 50, messages });
    await genAiClient(with_(secret)).models.generateContent({ model: 'on-google', contents: 'hi' });
    const rows = await gateway.calls({ session }, 3);
    const booked = {
      keyId: id,
      keyName: 'search-prod',
      team: 'search',
      user: 'linus',
      tags: { env: 'prod' },
      status: 'ok',
    };
    expect(rows).toMatchObject([booked, booked, booked]);
    // No provider ever sees them, and no log.
    const seen = Object.values(gateway.providers).flatMap(({ requests }) => requests);
    expect(seen).toHaveLength(3);
    expect(JSON.stringify(seen.map(({ headers, url }) => [headers, url]))).not.toContain(secret);
    expect(gateway.output()).not.toContain(secret);
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

  it('are refused once revoked', async () => {
    expect((await gateway.api('DELETE', `/keys/${id}`)).status).toBe(200);
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
