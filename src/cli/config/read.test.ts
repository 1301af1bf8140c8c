import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError, formatProblems } from './problem.ts';
import { type ReadOptions, type ReadResult, readSettings } from './read.ts';
import { KINDS } from '../testing/kinds.contract.ts';

function read(text: string, options: Partial<ReadOptions> = {}): ReadResult {
  return readSettings(text, {
    file: 'infinite-llm.yaml',
    env: {},
    kinds: KINDS,
    dialects: ['openai-chat', 'openai-responses', 'anthropic', 'gemini'],
    overrides: {},
    ...options,
  });
}

function errorsOf(text: string, env: ReadOptions['env'] = {}): string {
  try {
    read(text, { env });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no error';
}

const EXAMPLE = `
listen: { host: 127.0.0.1, port: 8787 }
store: { url: ./infinite-llm-data }
shared: { url: redis://cache:6379 }
providers:
  openai:    { keys: [env:OPENAI_API_KEY, env:OPENAI_API_KEY_2] }
  anthropic: { keys: [env:ANTHROPIC_API_KEY], baseUrl: https://api.anthropic.com }
  google:
  our-vllm:  { kind: openai-compatible, baseUrl: http://vllm.internal:8000/v1/, gpu: { hourlyUsd: 3.0, count: 4 } }
models:
  fast: { targets: [openai/gpt-4o-mini, google/gemini-2.5-flash], strategy: in-order }
  local: { targets: [our-vllm/Qwen/Qwen3-8B] }
prices:
  rules:
    - { match: our-vllm/*, rates: { input: 0.05, output: "0.20" } }
    - { match: openai/*, discount: 0.15 }
limits: { bodyBytes: 5MB, idleMs: 90s, connectMs: 1500 }
retry:
`;
const ENV = { OPENAI_API_KEY: 'sk-one', OPENAI_API_KEY_2: 'sk-two', ANTHROPIC_API_KEY: 'sk-ant' };

describe('a good file', () => {
  const { settings, warnings } = read(EXAMPLE, { env: { ...ENV, GEMINI_API_KEY: 'AIza-x' } });

  it('gives the settings it says', () => {
    expect(warnings).toEqual([]);
    expect(settings.providers['openai']?.keys.map((key) => key.reveal())).toEqual(['sk-one', 'sk-two']);
    expect(settings.providers['our-vllm']).toMatchObject({
      name: 'our-vllm',
      kind: 'openai-compatible',
      baseUrl: 'http://vllm.internal:8000/v1',
      keys: [],
      gpu: { hourlyUsd: '3', count: 4 },
    });
    expect(settings.models['fast']?.targets).toEqual([
      { provider: 'openai', model: 'gpt-4o-mini' },
      { provider: 'google', model: 'gemini-2.5-flash' },
    ]);
    expect(settings.models['local']?.targets).toEqual([{ provider: 'our-vllm', model: 'Qwen/Qwen3-8B' }]);
    expect(settings.prices.rules).toEqual([
      { match: 'our-vllm/*', rates: { input: '0.05', output: '0.20' }, discount: null },
      { match: 'openai/*', rates: null, discount: '0.15' },
    ]);
    expect(settings.limits).toMatchObject({
      bodyBytes: 5_000_000,
      idleMs: 90_000,
      connectMs: 1500,
      requestMs: 120_000,
    });
    expect(settings.sharedUrl).toBe('redis://cache:6379');
    expect(settings.retry.attempts).toBe(3);
  });

  it('reads keys that are left out from the usual variables', () => {
    expect(settings.providers['google']?.keys.map((key) => key.reveal())).toEqual(['AIza-x']);
  });

  it('never sends the usual key to another host', () => {
    const other = read('providers: { openai: { baseUrl: https://proxy.example/v1 } }', { env: ENV });
    expect(other.settings.providers['openai']?.keys).toEqual([]);
  });

  it('takes relative directories from where the file is, and the command line over the file', () => {
    const elsewhere = { file: '/etc/illm/infinite-llm.yaml' };
    expect(read('store: { url: data }', elsewhere).settings.store).toMatchObject({
      url: '/etc/illm/data',
      dataDir: '/etc/illm/data',
    });
    const overrides = { host: '0.0.0.0', port: 1234, dataDir: 'other' };
    const { listen, store } = read('store: { url: data }', { ...elsewhere, overrides }).settings;
    expect(listen).toMatchObject({ host: '0.0.0.0', port: 1234 });
    expect(store.url).toBe(resolve('other'));
  });

  it('keeps rows in PostgreSQL, and what is local beside the file', () => {
    const env = { PG: 'postgres://u:p@db/x', DATABASE_URL: 'postgres://other/x' };
    const file = '/etc/illm/infinite-llm.yaml';
    const named = read('store: { url: env:PG }', { env, file }).settings.store;
    expect(named).toMatchObject({ url: env.PG, dataDir: '/etc/illm/infinite-llm-data' });
    expect(read('', { env }).settings.store.url).toBe(env.DATABASE_URL);
    expect(read('', { env, overrides: { dataDir: 'd' } }).settings.store.url).toBe(resolve('d'));
  });
});

describe('without a file', () => {
  it('uses the providers whose keys are in the environment', () => {
    const { providers } = read('', { file: null, env: { OPENAI_API_KEY: 'sk-one' } }).settings;
    expect(Object.keys(providers)).toEqual(['openai']);
    expect(providers['openai']).toMatchObject({ kind: 'openai', baseUrl: 'https://api.openai.com/v1' });
  });

  it('uses every public provider without a key when there is none', () => {
    const { providers } = read('', { file: null, env: { OPENAI_API_KEY: ' ' } }).settings;
    expect(Object.keys(providers)).toEqual(['openai', 'anthropic', 'google']);
    expect(Object.values(providers).flatMap(({ keys }) => keys)).toEqual([]);
  });
});

describe('errors', () => {
  it('are all told at once, each with its place and a remedy', () => {
    const text = `
listen: { prot: 80, host: 12 }
provider: {}
providers:
  openai: { keyz: [a], keys: env:OPENAI_API_KEY }
  vllm: { baseUrl: vllm.internal:8000 }
  ours:
    kind: openai-compatable
    baseUrl: http://user:pw@host/v1
  "bad name": {}
  mine: { kind: openai-compatible }
models:
  fast: { targets: [opnai/gpt-4o, gpt-4o], strategy: cheapst }
  none: { targets: [] }
limits: { bodyBytes: 20 megabytes, idleMs: -1 }
prices: { rules: [{ match: openai/* }, { match: openai/*, discount: 15, rates: { inptu: 1 } }] }
store: { redact: ["("], retentionDays: 0.5 }
retry: { attempts: 0 }
`;
    expect(errorsOf(text)).toMatchInlineSnapshot(`
      "infinite-llm.yaml:2:11 error: listen.prot: there is no such setting
          Did you mean "port"?
      infinite-llm.yaml:2:21 error: listen.host: must be text, not 12
          Address to listen on. Anything but a loopback address asks for virtual keys first.
      infinite-llm.yaml:3:1 error: provider: there is no such setting
          Did you mean "providers"?
      infinite-llm.yaml:5:13 error: providers.openai.keyz: there is no such setting
          Did you mean "keys"?
      infinite-llm.yaml:5:24 error: providers.openai.keys: env: references are followed only in secrets and URLs
          Write the value itself.
      infinite-llm.yaml:5:24 error: providers.openai.keys: must be a list, not text
          API keys, used in turn. Left out, the usual environment variables of the kind are read.
      infinite-llm.yaml:6:3 error: providers.vllm: has no kind
          Add "kind: " and the API that it offers: openai, anthropic, google, openai-compatible.
      infinite-llm.yaml:8:5 error: providers.ours.kind: must be one of "openai", "anthropic", "google", "openai-compatible"
          Did you mean "openai-compatible" or "openai"?
      infinite-llm.yaml:10:3 error: providers["bad name"]: must start with a letter or digit and hold only letters, digits, ".", "_" and "-"
      infinite-llm.yaml:11:3 error: providers.mine: has no baseUrl
          Add "baseUrl: " and where its API starts, such as http://vllm.internal:8000/v1.
      infinite-llm.yaml:13:35 error: models.fast.targets[1]: must be "provider/model", such as "openai/gpt-4o-mini"
      infinite-llm.yaml:13:44 error: models.fast.strategy: must be one of "in-order", "cheapest", "fastest", "weighted", "cascade", "bandit", "learned"
          Did you mean "cheapest"?
      infinite-llm.yaml:14:11 error: models.none.targets: needs at least one target
          Where the call may go, as provider/model.
      infinite-llm.yaml:15:11 error: limits.bodyBytes: must be a size such as "20MB" or "512KiB", or a number of bytes
          Largest request body that is accepted.
      infinite-llm.yaml:15:36 error: limits.idleMs: must be at least 0
          Longest silence within an answer.
      infinite-llm.yaml:16:19 error: prices.rules[0]: sets no price
          Add "rates: { input: 2.5, output: 10 }" or "discount: 0.15".
      infinite-llm.yaml:16:59 error: prices.rules[1].discount: must be between 0 and 1; 0.15 takes 15 % off
      infinite-llm.yaml:16:82 error: prices.rules[1].rates.inptu: there is no such setting
          Did you mean "input"?
      infinite-llm.yaml:17:19 error: store.redact[0]: is no regular expression: Invalid regular expression: /(/g: Unterminated group
          Correct it; in YAML, single quotes keep backslashes as they are.
      infinite-llm.yaml:17:25 error: store.retentionDays: must be a whole number, not 0.5
          Days to keep the rows of calls; null keeps them for ever. Daily sums stay.
      infinite-llm.yaml:18:10 error: retry.attempts: must be at least 1
          Tries of one target, the first included."
    `);
  });

  it('name the variables that are not set, where none of the keys is', () => {
    const text = `
providers:
  openai: { keys: [env:A, env:B], baseUrl: env:URL, headers: { x-team: env:TEAM } }
store: { url: env:PG }
shared: { url: env:REDIS }
`;
    expect(errorsOf(text)).toMatchInlineSnapshot(`
      "infinite-llm.yaml:3:20 error: providers.openai.keys[0]: the environment variable A is not set
          Set it before starting, or remove the entry.
      infinite-llm.yaml:3:27 error: providers.openai.keys[1]: the environment variable B is not set
          Set it before starting, or remove the entry.
      infinite-llm.yaml:3:35 error: providers.openai.baseUrl: the environment variable URL is not set
          Set it, or write the URL itself.
      infinite-llm.yaml:3:64 error: providers.openai.headers.x-team: the environment variable TEAM is not set
          Set it, or remove the header.
      infinite-llm.yaml:4:10 error: store.url: the environment variable PG is not set
          Set it, or remove the line to use the embedded store.
      infinite-llm.yaml:5:11 error: shared.url: the environment variable REDIS is not set
          Set it, or remove "shared" for a single gateway."
    `);
  });

  it('tell references that are malformed or stand where none are followed', () => {
    const text = `
listen: { host: env:HOST }
providers: { openai: { keys: ["env:MY KEY"] } }
`;
    expect(errorsOf(text, { HOST: 'h' })).toMatchInlineSnapshot(`
      "infinite-llm.yaml:2:11 error: listen.host: env: references are followed only in secrets and URLs
          Write the value itself.
      infinite-llm.yaml:3:31 error: providers.openai.keys[0]: "env:MY KEY" names no environment variable
          Write env:NAME with the name of a variable, such as env:OPENAI_API_KEY."
    `);
  });

  it('tell what is no YAML, or no map', () => {
    expect(errorsOf('listen: { port: 1\nstore: [')).toMatchInlineSnapshot(`
      "infinite-llm.yaml:2:1 error: no valid YAML: Flow map in block collection must be sufficiently indented and end with a }
      infinite-llm.yaml:2:9 error: no valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"
    `);
    expect(errorsOf('a: 1\na: 2')).toMatchInlineSnapshot(
      `"infinite-llm.yaml:2:1 error: no valid YAML: Map keys must be unique"`,
    );
    expect(errorsOf('- listen')).toMatchInlineSnapshot(`
      "infinite-llm.yaml:1:1 error: must be a map of settings, not a list
          Configuration of infinite-llm."
    `);
  });

  it('of other sections do not keep a command from finding the store', () => {
    const text = 'store: { url: here }\nproviders: { openai: { keys: [env:A] } }\nnonsense: 1';
    expect(read(text, { sections: ['store'] }).settings.store.url).toBe(resolve('here'));
    expect(() => read('store: { urll: here }', { sections: ['store'] })).toThrow('store.urll');
    expect(() => read('store: {', { sections: ['store'] })).toThrow('no valid YAML');
  });

  it('never show a secret', () => {
    expect(
      errorsOf('providers: { openai: { keys: [sk-very-secret], kyes: [sk-very-secret] } }'),
    ).not.toContain('sk-very');
  });

  it('are ConfigErrors for any text at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json({ maxDepth: 4 }),
          fc.object().map((value) => stringify(value)),
        ),
        (text) => {
          expect(typeof errorsOf(text)).toBe('string');
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('warnings', () => {
  it('tell keys that were left out and keys that stand in the file', () => {
    const text = 'providers:\n  openai: { keys: [env:A, env:B, sk-literal] }';
    const { settings, warnings } = read(text, { env: { A: 'sk-a' } });
    expect(settings.providers['openai']?.keys).toHaveLength(2);
    expect(formatProblems('infinite-llm.yaml', warnings)).toMatchInlineSnapshot(`
      "infinite-llm.yaml:2:27 warning: providers.openai.keys[1]: the environment variable B is not set, so this key is left out
          Set it, or remove the entry.
      infinite-llm.yaml:2:34 warning: providers.openai.keys[2]: the key stands in the file
          Better put it into an environment variable and write env:NAME."
    `);
  });
});
