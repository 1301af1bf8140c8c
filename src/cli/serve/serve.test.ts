import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/secret.ts';
import type { Settings } from '../../core/settings.ts';
import { readSettings } from '../config/read.ts';
import { painter } from '../output/style.ts';
import { KINDS } from '../testing/kinds.contract.ts';
import { describeGateway } from './about.ts';
import { banner } from './banner.ts';
import { checkExposure } from './exposure.ts';
import { listenOn, urlOf } from './listen.ts';

function settingsOf(text: string, env = {}): Settings {
  return readSettings(text, {
    file: '/etc/illm/infinite-llm.yaml',
    env,
    kinds: KINDS,
    dialects: [],
    overrides: {},
  }).settings;
}

describe('the banner', () => {
  const facts = { version: '1.2.3', url: 'http://127.0.0.1:8787', configFile: null, workers: 1 };

  it('says how to add a provider when none has a key', () => {
    expect(banner({ ...facts, settings: settingsOf('') }, painter(false))).toMatchInlineSnapshot(`
      "infinite-llm 1.2.3
        Dashboard  http://127.0.0.1:8787/
        Base URLs  http://127.0.0.1:8787/v1 (OpenAI SDKs), http://127.0.0.1:8787 (Anthropic and Google SDKs)
        Store      embedded, in /etc/illm/infinite-llm-data
        Config     none; provider keys from the environment
        Providers  openai, anthropic, google

      No provider has a key yet. To add one, either
        - start again with one of OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY set, or
        - write infinite-llm.yaml here (it is read when it changes):
            providers:
              openai: { keys: [env:OPENAI_API_KEY] }
      Until then clients can use their own keys: point an SDK at http://127.0.0.1:8787/v1, and its key is passed on to its provider.
      "
    `);
  });

  it('is short when all is well, and shows no secret', () => {
    const text = `
store: { url: postgres://me:hunter2@db/x }
providers:
  openai: { keys: [env:A, env:B] }
  our-vllm: { kind: openai-compatible, baseUrl: http://vllm:8000/v1 }`;
    const settings = settingsOf(text, { A: 'sk-a', B: 'sk-b' });
    const shown = banner(
      { ...facts, settings, configFile: '/etc/illm/infinite-llm.yaml', workers: 4 },
      painter(false),
    );
    expect(shown).toMatchInlineSnapshot(`
      "infinite-llm 1.2.3
        Dashboard  http://127.0.0.1:8787/
        Base URLs  http://127.0.0.1:8787/v1 (OpenAI SDKs), http://127.0.0.1:8787 (Anthropic and Google SDKs)
        Store      postgres://me:***@db/x
        Config     /etc/illm/infinite-llm.yaml
        Providers  openai (2 keys), our-vllm
        Workers    4
      "
    `);
    expect(shown).not.toContain('hunter2');
  });

  it('gives no advice when a self-hosted server, which wants no key, is there', () => {
    const settings = settingsOf('providers: { v: { kind: openai-compatible, baseUrl: http://v/v1 } }');
    expect(banner({ ...facts, settings }, painter(false))).not.toContain('No provider has a key');
  });
});

describe('an address that other machines reach', () => {
  it('wants a key for calls and one for the API', () => {
    for (const keys of [
      { calls: false, admin: false },
      { calls: true, admin: false },
      { calls: false, admin: true },
    ])
      expect(() => checkExposure({ host: '0.0.0.0' }, keys, '')).toThrow(/infinite-llm keys create/);
    expect(() => checkExposure({ host: '0.0.0.0' }, { calls: true, admin: true }, '')).not.toThrow();
    expect(() => checkExposure({ host: '127.0.0.1' }, { calls: false, admin: false }, '')).not.toThrow();
  });

  it('is told which keys are missing, and where to create them', () => {
    expect(() => checkExposure({ host: '10.0.0.1' }, { calls: true, admin: false }, ' --data /d')).toThrow(
      /keys create ops --admin --data \/d/,
    );
  });
});

describe('listening', () => {
  it('tells a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(listenOn(createHttpServer(), { host: '127.0.0.1', port })).rejects.toThrow(/in use.*--port/);
    other.close();
  });

  it('tells an address that is not ours', async () => {
    await expect(listenOn(createHttpServer(), { host: '192.0.2.1', port: 0 })).rejects.toThrow(
      /no address of this machine/,
    );
  });

  it('gives the URL that this machine uses', async () => {
    const server = createHttpServer();
    expect(await listenOn(server, { host: '127.0.0.1', port: 0 })).toMatch(
      /^http:\/\/127\.0\.0\.1:[1-9]\d*$/,
    );
    server.close();
    expect(urlOf('0.0.0.0', 1)).toBe('http://127.0.0.1:1');
    expect(urlOf('::1', 1)).toBe('http://[::1]:1');
    expect(urlOf('[::1]', 1)).toBe('http://[::1]:1');
    expect(urlOf('llm.internal', 1)).toBe('http://llm.internal:1');
  });
});

describe('what the API tells', () => {
  it('of the gateway holds no secret', () => {
    const settings = settingsOf(
      `
store: { url: postgres://me:hunter2@db/x, bodies: true }
providers: { openai: { keys: [env:A] } }
models: { fast: { targets: [openai/gpt-4o-mini] } }`,
      { A: 'sk-hunter2' },
    );
    const fingerprint = new Secret('sk-hunter2').fingerprint;
    const about = describeGateway({
      version: '1.2.3',
      demo: false,
      startedAt: '2026-11-24T09:00:00.000Z',
      store: { healthy: true, journaledRows: 2 },
      config: { file: '/etc/x.yaml', error: null, loadedAt: '2026-11-24T09:00:00.000Z' },
      settings,
      health: [
        {
          name: 'openai',
          kind: 'openai',
          baseUrl: 'https://api.openai.com/v1',
          dialects: ['openai-chat'],
          keys: [{ fingerprint, state: 'ready', until: null }],
          targets: [],
        },
      ],
      workers: 1,
      keysRequired: true,
    });
    expect(about.store).toEqual({ kind: 'postgres', healthy: true, journaledRows: 2, bodies: true });
    expect(about.models).toEqual([{ name: 'fast', targets: ['openai/gpt-4o-mini'], strategy: 'in-order' }]);
    expect(about.passthroughCredential).toBe(false);
    expect(JSON.stringify(about)).not.toContain('hunter2');
  });
});
