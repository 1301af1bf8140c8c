import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHold, PROVIDER_APIS, startFakeProvider } from '../fakes/index.ts';
import type { FakeProvider, ProviderApi } from '../fakes/index.ts';
import { CALLS, RESULTS, SAID, SCHEMA, scriptFor, TOOLS, USED } from './cases.ts';
import { CLIENTS } from './drivers/index.ts';

const MODELS: Readonly<Record<ProviderApi, string>> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-sonnet-4-6',
  google: 'gemini-2.5-flash',
  'openai-compatible': 'llama-3.1-8b',
};

/** The fakes and the drivers against each other, without a gateway: what fails here is not the gateway's fault. */
describe.each(PROVIDER_APIS)('the fake %s and its own clients', (api) => {
  let fake: FakeProvider;
  beforeAll(async () => {
    fake = await startFakeProvider({ api, script: scriptFor(api) });
  });
  afterAll(() => fake.close());
  beforeEach(() => fake.reset());

  const question = (text: string) => ({ model: MODELS[api], text, system: 'Be kind.' });
  const clients = CLIENTS.filter(({ native }) => native.includes(api));

  describe.each(clients)('$name', (client) => {
    const to = () => ({ origin: fake.origin, key: 'key-of-the-test' });

    it('plain', async () => {
      const reply = await client.plain(to(), question('please greet me'));
      expect(reply.text).toBe(SAID);
      expect(reply.finish).toBe(client.finish.stop);
      expect(reply.usage).toMatchObject(client.usage(USED[api]));
    });

    it('cut short', async () => {
      const reply = await client.plain(to(), { ...question('be cut short'), maxTokens: 16 });
      expect(reply.finish).toBe(client.finish.length);
    });

    it('streamed', async () => {
      const reply = await client.streamed(to(), question('please greet me'));
      expect(reply.text).toBe(SAID);
      expect(reply.pieces).toBeGreaterThan(3);
      expect(reply.finish).toBe(client.finish.stop);
      expect(reply.usage).toMatchObject(client.usage(USED[api]));
    });

    it.each([false, true])('tools, streamed: %s', async (stream) => {
      const { asked, answered } = await client.toolRound(
        to(),
        question('use the tools'),
        TOOLS,
        ({ name }) => RESULTS[name]!,
        stream,
      );
      expect(asked.calls).toEqual(CALLS);
      expect(asked.finish).toBe(client.finish['tool-calls']);
      expect(answered.text).toBe('I heard: rain, 7 °C and 12:34');
      expect(answered.finish).toBe(client.finish.stop);
    });

    it('structured output', async () => {
      const reply = await client.structured(to(), question('describe something'), SCHEMA);
      z.fromJSONSchema(SCHEMA).parse(JSON.parse(reply.text));
    });

    it('an image', async () => {
      const image = { mediaType: 'image/png' as const, base64: 'iVBORw0KGgo=' };
      await client.plain(to(), { ...question('please greet me'), image });
      expect(fake.requests[0]?.body.toString()).toContain(image.base64);
    });

    it('a wrong key and an unknown model', async () => {
      const unauthorized = await client.failure({ ...to(), key: 'wrong-key' }, question('hi'));
      expect(unauthorized).toMatchObject({ status: api === 'google' ? 400 : 401, typed: true });
      const unknown = await client.failure(to(), { ...question('hi'), model: 'no-such-model' });
      expect(unknown).toMatchObject({ status: 404, typed: true });
      expect(unknown.message).toContain('no-such-model');
    });

    it('abort in the middle', async () => {
      const hold = createHold();
      fake.failNext({ kind: 'hold', hold });
      hold.release(8);
      expect(await client.abort(to(), question('please greet me'))).toBeGreaterThan(0);
      await expect.poll(() => fake.requests[0]?.aborted).toBe(true);
    });
  });
});
