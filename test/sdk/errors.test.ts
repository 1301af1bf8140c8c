import type { JsonObject } from '../../src/core/json.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../fakes/index.ts';
import { FAKE_KEY } from '../fakes/native-requests.ts';
import { startGateway } from '../gateway-fixture.ts';
import type { FakeProviders, GatewayFixture } from '../gateway-fixture.ts';
import { LONGEST_START_MS } from '../launch.ts';
import { CLIENTS } from './drivers/index.ts';

/** For each client providers of its own, since keys cool down and circuits open; no server that takes any name of a model. */
function configFor({ openai, anthropic, google }: FakeProviders): JsonObject {
  const own = CLIENTS.flatMap((_client, index) => [
    [`openai-${index}`, { kind: 'openai', baseUrl: openai.baseUrl, keys: [FAKE_KEY.openai] }],
    [`google-${index}`, { kind: 'google', baseUrl: google.baseUrl, keys: [FAKE_KEY.google] }],
  ]);
  const aliases = CLIENTS.map((_client, index) => [
    `fast-${index}`,
    { targets: [`openai-${index}/gpt-4o-mini`, `google-${index}/gemini-2.5-flash`] },
  ]);
  const keyless = [openai, anthropic, google].map(({ api, baseUrl }) => [
    api,
    { kind: api, baseUrl, keys: [] },
  ]);
  return {
    providers: Object.fromEntries([...own, ...keyless]) as JsonObject,
    models: Object.fromEntries(aliases) as JsonObject,
  };
}

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await startGateway({ config: configFor });
}, LONGEST_START_MS);
afterAll(() => gateway.stop());
beforeEach(() => {
  for (const fake of Object.values(gateway.providers)) fake.reset();
});

/** Models of the providers for which the gateway has no key. */
const KEYLESS = {
  openai: 'openai/gpt-4o-mini',
  anthropic: 'anthropic/claude-sonnet-4-5',
  google: 'google/gemini-2.5-flash',
};

/** As often as the gateway tries one target. */
const thrice = (fault: Fault): Fault[] => [fault, fault, fault];

describe.each(CLIENTS.map((client, index) => ({ client, index, name: client.name })))(
  '$name',
  ({ client, index }) => {
    const to = () => ({ origin: gateway.origin, key: 'a-key-of-the-client' });
    const model = `fast-${index}`;

    it('is told of an unknown model, with the nearest names', async () => {
      const unknown = await client.failure(to(), { model: `fasst-${index}`, text: 'hi' });
      expect(unknown).toMatchObject({ status: 404, typed: true });
      expect(unknown.message).toContain('fast-');
    });

    it('is never told that a cut stream was complete', async () => {
      gateway.providers.openai.failNext({ kind: 'cut', afterChunks: 6 });
      const text = 'say exactly: one two three four five six seven eight nine ten eleven twelve thirteen';
      await expect(client.streamed(to(), { model, text })).rejects.toThrow();
    });

    it('gets its answer from the second target when the first one fails', async () => {
      gateway.providers.openai.failNext(...thrice({ kind: 'status', status: 500 }));
      const { text } = await client.plain(to(), { model, text: 'say exactly: from the second' });
      expect(text).toBe('from the second');
      expect(gateway.providers.google.requests).toHaveLength(1);
    });

    it('gets its stream from the second target when the first one dies before its first token', async () => {
      gateway.providers.openai.failNext(...thrice({ kind: 'cut', afterChunks: 1 }));
      const { text } = await client.streamed(to(), { model, text: 'say exactly: from the second' });
      expect(text).toBe('from the second');
    });

    it('is told when a target is out of capacity', async () => {
      gateway.providers.google.failNext(...thrice({ kind: 'status', status: 429 }));
      const limited = await client.failure(to(), { model: `google-${index}/gemini-2.5-flash`, text: 'hi' });
      expect(limited).toMatchObject({ status: 429, typed: true });
    });

    it('has its own credential passed on where the gateway has none, to no other provider', async () => {
      const [api] = client.native as readonly ['openai' | 'anthropic' | 'google'];
      const connection = { origin: gateway.origin, key: FAKE_KEY[api] };
      await client.plain(connection, { model: KEYLESS[api], text: 'hi' });
      const headers = JSON.stringify(gateway.providers[api].requests.map((request) => request.headers));
      expect(headers).toContain(FAKE_KEY[api]);
      for (const other of ['openai', 'anthropic', 'google'] as const) {
        if (other === api) continue;
        await expect(client.plain(connection, { model: KEYLESS[other], text: 'hi' })).rejects.toThrow();
        expect(gateway.providers[other].requests).toEqual([]);
      }
    });
  },
);
