import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { createHold, type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { LONGEST_START_MS, launch, type Running } from '../launch.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { REDIS, type RedisService, startRedis } from '../services/redis.ts';

/** $2.50 and $10 for a million tokens: 1,000 × 2.50 / 1M + 200 × 10 / 1M. */
const ONE_CALL_USD = '0.004500';
const GATEWAYS = 3;
const CALLS_EACH = 10;

describe.skipIf(!REDIS.available)(`three gateways that share a Redis${REDIS.note}`, () => {
  let directory: string;
  let redis: RedisService;
  let provider: FakeProvider;
  const gateways: Running[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'infinite-llm-test-'));
    redis = await startRedis();
    provider = await startFakeProvider({ api: 'openai' });
    provider.script((request) =>
      scenarioOf(request, {
        text: ['Brus', 'sels.'],
        usage: usageOf({ input: 1000, output: 200 }),
        serviceTier: null,
      }),
    );
    const file = join(directory, 'infinite-llm.yaml');
    const config: JsonObject = {
      providers: { openai: { kind: 'openai', baseUrl: provider.baseUrl, keys: ['sk-provider'] } },
      shared: { url: redis.url },
      prices: { rules: [{ match: 'openai/*', rates: { input: 2.5, output: 10 } }] },
      cache: { exact: { enabled: true } },
    };
    await writeFile(file, JSON.stringify(config));
    await Promise.all(
      Array.from({ length: GATEWAYS }, async (_, index) => {
        const data = join(directory, `data-${index}`);
        gateways.push(await launch(['serve', '--config', file, '--port', '0', '--data', data]));
      }),
    );
  }, LONGEST_START_MS);
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await provider.close();
    await redis.kill();
    await rm(directory, { recursive: true, force: true });
  }, LONGEST_START_MS);

  async function ask(gateway: Running, content: string) {
    const { data, response } = await openAiClient({ origin: gateway.origin, key: 'sk-test' })
      .chat.completions.create({
        model: 'gpt-4o-mini',
        temperature: 0,
        messages: [{ role: 'user', content }],
      })
      .withResponse();
    return { text: data.choices[0]?.message.content, cache: response.headers.get('x-illm-cache') };
  }

  async function rows(): Promise<readonly CallRecord[]> {
    const pages = await Promise.all(
      gateways.map(async ({ origin }) => {
        const answer = await fetch(`${origin}/api/v1/calls?limit=100`);
        return ((await answer.json()) as { calls: CallRecord[] }).calls;
      }),
    );
    return pages.flat();
  }

  it('ask the provider once for equal calls at the same time, and know each other’s answers', async () => {
    const hold = createHold();
    provider.failNext({ kind: 'hold', hold });
    const calls = gateways.flatMap((gateway) =>
      Array.from({ length: CALLS_EACH }, () => ask(gateway, 'What is the capital of Belgium?')),
    );
    await hold.arrived;
    // The others have come by then or find the stored answer: either way nobody asks again.
    await pause(200);
    hold.releaseAll();
    const answers = await Promise.all(calls);
    expect(answers.every(({ text }) => text === 'Brussels.')).toBe(true);
    expect(provider.requests).toHaveLength(1);
    expect(answers.filter(({ cache }) => cache === 'miss')).toHaveLength(1);
    for (const gateway of gateways)
      expect((await ask(gateway, 'What is the capital of Belgium?')).cache).toBe('hit');

    const all = GATEWAYS * (CALLS_EACH + 1);
    let written = await rows();
    for (; written.length < all; written = await rows()) await pause(50);
    expect(written.filter(({ costUsd }) => costUsd === ONE_CALL_USD)).toHaveLength(1);
    expect(written.filter(({ costUsd }) => costUsd === '0.000000')).toHaveLength(all - 1);
  });

  it('go on without it when it dies, and say so', async () => {
    await redis.kill();
    const before = provider.requests.length;
    for (const gateway of gateways) expect((await ask(gateway, 'And of France?')).text).toBe('Brussels.');
    expect(provider.requests).toHaveLength(before + GATEWAYS);
    for (const gateway of gateways) expect(gateway.output()).toMatch(/nothing is answered from the cache/);
    await redis.start();
    for (;;) {
      await ask(gateways[0]!, 'And of Spain?');
      if ((await ask(gateways[1]!, 'And of Spain?')).cache === 'hit') break;
      await pause(100);
    }
  });
});
