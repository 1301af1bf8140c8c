import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { gateway } from './shared-gateway.ts';
import { anthropicClient } from './drivers/anthropic.ts';
import { genAiClient } from './drivers/genai.ts';
import { openAiClient } from './drivers/openai-client.ts';

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
