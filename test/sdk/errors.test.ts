import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../fakes/index.ts';
import { FAKE_KEY } from '../fakes/native-requests.ts';
import { startGateway } from '../gateway-fixture.ts';
import type { GatewayFixture } from '../gateway-fixture.ts';
import { CLIENTS } from './drivers/index.ts';

const FAST = { fast: { targets: ['openai/gpt-4o-mini', 'google/gemini-2.5-flash'] } };

/** As often as the gateway tries one target. */
const thrice = (fault: Fault): Fault[] => [fault, fault, fault];

describe.each(CLIENTS)('$name', (client) => {
  // One for each client: keys cool down and circuits open.
  let gateway: GatewayFixture;
  beforeAll(async () => {
    gateway = await startGateway({
      config: { models: FAST },
      // A server of one's own takes any name of a model; without it an unknown name is unknown.
      without: ['openai-compatible'],
    });
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    for (const fake of Object.values(gateway.providers)) fake.reset();
  });

  const to = () => ({ origin: gateway.origin, key: 'a-key-of-the-client' });
  const fails = (model: string) => client.failure(to(), { model, text: 'hi' });

  it('is told of an unknown model, with the nearest names', async () => {
    const unknown = await fails('fasst');
    expect(unknown).toMatchObject({ status: 404, typed: true });
    expect(unknown.message).toContain('fast');
  });

  it('is never told that a cut stream was complete', async () => {
    gateway.providers.openai.failNext({ kind: 'cut', afterChunks: 6 });
    const text = 'say exactly: one two three four five six seven eight nine ten eleven twelve thirteen';
    const reply = client.streamed(to(), { model: 'openai/gpt-4o-mini', text });
    await expect(reply).rejects.toThrow();
  });

  it('gets its answer from the second target when the first one fails', async () => {
    gateway.providers.openai.failNext(...thrice({ kind: 'status', status: 500 }));
    const { text } = await client.plain(to(), { model: 'fast', text: 'say exactly: from the second' });
    expect(text).toBe('from the second');
    expect(gateway.providers.google.requests).toHaveLength(1);
  });

  it('gets its stream from the second target when the first one dies before its first token', async () => {
    gateway.providers.openai.failNext(...thrice({ kind: 'cut', afterChunks: 1 }));
    const { text } = await client.streamed(to(), { model: 'fast', text: 'say exactly: from the second' });
    expect(text).toBe('from the second');
  });
});

describe('when every target is out of capacity', () => {
  let gateway: GatewayFixture;
  beforeAll(async () => {
    gateway = await startGateway({ config: { models: FAST }, without: ['openai-compatible'] });
    const limited: Fault[] = Array.from({ length: 100 }, () => ({ kind: 'status', status: 429 }));
    for (const fake of Object.values(gateway.providers)) fake.failNext(...limited);
  });
  afterAll(() => gateway.stop());

  it.each(CLIENTS)('$name is told so', async (client) => {
    const failure = await client.failure(
      { origin: gateway.origin, key: 'a-key-of-the-client' },
      { model: 'fast', text: 'hi' },
    );
    expect(failure).toMatchObject({ status: 429, typed: true });
  });
});

describe("a client's own credential", () => {
  it('goes to the provider of its dialect when the gateway has no key, and to no other', async () => {
    const keyless = await startGateway({ config: {}, keyless: true });
    try {
      for (const client of CLIENTS) {
        const [api] = client.native;
        const model = { openai: 'gpt-4o-mini', anthropic: 'claude-sonnet-4-6', google: 'gemini-2.5-flash' };
        const key = FAKE_KEY[api!];
        await client.plain({ origin: keyless.origin, key }, { model: model[api as 'openai'], text: 'hi' });
        expect(JSON.stringify(keyless.providers[api!].requests.at(-1)?.headers)).toContain(key);
      }
      const seen = (api: 'openai' | 'anthropic' | 'google'): string =>
        JSON.stringify(keyless.providers[api].requests.map(({ headers, url }) => [headers, url]));
      expect(seen('openai')).not.toContain(FAKE_KEY.anthropic);
      expect(seen('anthropic')).not.toContain(FAKE_KEY.openai);
      expect(seen('google')).not.toContain(FAKE_KEY.openai);
    } finally {
      await keyless.stop();
    }
  });
});
