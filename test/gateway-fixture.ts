import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '../src/core/json.ts';
import type { CallRecord } from '../src/core/record.ts';
import { FAKE_KEY } from './fakes/native-requests.ts';
import { startFakeProvider } from './fakes/index.ts';
import type { FakeProvider, ProviderApi } from './fakes/index.ts';
import { launch } from './launch.ts';

const LONGEST_WAIT_MS = 10_000;

/** Names of the fake providers in the configuration. */
export const PROVIDER_NAMES: Readonly<Record<ProviderApi, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  'openai-compatible': 'our-vllm',
};

export type FakeProviders = Readonly<Record<ProviderApi, FakeProvider>>;

export interface GatewayFixture {
  /** `http://127.0.0.1:1234`. */
  readonly origin: string;
  readonly providers: FakeProviders;
  /**
   * Rows that the query of `GET /api/v1/calls` selects, once there are as many.
   * @throws Error when they do not come
   */
  calls(query: Readonly<Record<string, string>>, count?: number): Promise<readonly CallRecord[]>;
  /** A JSON request to the management API. */
  api(method: string, path: string, body?: JsonObject): Promise<{ status: number; body: JsonObject }>;
  /** Everything that the gateway printed so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** Replaces parts of the configuration's top level. */
  readonly config?: JsonObject | ((providers: FakeProviders) => JsonObject);
  readonly env?: Readonly<Record<string, string>>;
}

/** A whole gateway as its own process, with a store of its own, in front of the four fake providers. */
export async function startGateway(options: GatewayOptions = {}): Promise<GatewayFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'infinite-llm-test-'));
  const providers = await startFakes();
  const file = join(directory, 'infinite-llm.yaml');
  // JSON is YAML.
  const changed = typeof options.config === 'function' ? options.config(providers) : options.config;
  await writeFile(file, JSON.stringify({ ...configFor(providers), ...changed }));
  const running = await launch(
    ['serve', '--config', file, '--port', '0', '--data', join(directory, 'data')],
    options.env,
  );
  const { origin } = running;

  const api: GatewayFixture['api'] = async (method, path, body) => {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: (await response.json()) as JsonObject };
  };

  return {
    origin,
    providers,
    output: () => running.output(),
    api,
    async calls(query, count = 1) {
      const until = Date.now() + LONGEST_WAIT_MS;
      for (;;) {
        const { body } = await api('GET', `/calls?${new URLSearchParams(query).toString()}`);
        const rows = (body['calls'] ?? []) as unknown as CallRecord[];
        if (rows.length >= count) return rows;
        if (Date.now() > until)
          throw new Error(`${rows.length} of ${count} calls with ${JSON.stringify(query)}`);
        await pause(40);
      }
    },
    async stop() {
      await running.stop();
      await Promise.all(Object.values(providers).map((provider) => provider.close()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startFakes(): Promise<FakeProviders> {
  const start = (api: ProviderApi): Promise<FakeProvider> =>
    startFakeProvider({ api, keys: [FAKE_KEY[api]], models: ['a-listed-model'] });
  const [openai, anthropic, google, compatible] = await Promise.all([
    start('openai'),
    start('anthropic'),
    start('google'),
    start('openai-compatible'),
  ]);
  return { openai, anthropic, google, 'openai-compatible': compatible };
}

function configFor(providers: FakeProviders): JsonObject {
  const entries = Object.values(providers).map(({ api, baseUrl }) => [
    PROVIDER_NAMES[api],
    { kind: api, baseUrl, keys: [FAKE_KEY[api]] },
  ]);
  return {
    providers: Object.fromEntries(entries) as JsonObject,
    retry: { attempts: 3, baseMs: 5, maxMs: 50 },
  };
}
