import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../fakes/index.ts';
import { gateway } from './shared-gateway.ts';
import { openAiClient } from './drivers/openai-client.ts';

// gpt-5-mini: $0.25 and $2.00 a million, half of it in flex: 1,000 × 0.25 + 500 × 2.00 = 1,250 millionths of a dollar.
describe('a call is billed by the tier that served it', () => {
  it.each([
    ['default', 'default', '0.001250'],
    ['flex', 'flex', '0.000625'],
    ['flex', 'default', '0.001250'],
  ] as const)('asked %s, served %s', async (asked, served, costUsd) => {
    const session = randomUUID();
    gateway.providers.openai.script((ask) =>
      scenarioOf(ask, {
        text: ['hello'],
        serviceTier: served,
        usage: usageOf({ input: 1000, output: 500, reasoning: 100 }),
      }),
    );
    const client = openAiClient({ origin: gateway.origin, key: 'k', headers: { 'x-illm-session': session } });
    const request = {
      model: 'openai/gpt-5-mini',
      messages: [{ role: 'user' as const, content: 'hi' }],
      service_tier: asked,
    };
    await client.chat.completions.create(request);
    for await (const _ of await client.chat.completions.create({ ...request, stream: true }));
    await client.responses.create({ model: request.model, input: 'hi', service_tier: asked });
    const booked = { serviceTier: served, costUsd };
    expect(await gateway.calls({ session }, 3)).toMatchObject([booked, booked, booked]);
  });
});
