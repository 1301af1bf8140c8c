import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../testing/kinds.contract.ts';
import { ConfigError } from './problem.ts';
import { readSettings } from './read.ts';

function read(text: string, directory = '/etc/illm') {
  const options = {
    file: join(directory, 'infinite-llm.yaml'),
    env: {},
    kinds: KINDS,
    dialects: [],
    overrides: {},
  };
  return readSettings(text, options).settings.engine;
}

function errorOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('the engine in the configuration', () => {
  it('serves what models there are by default', () => {
    expect(read('')).toEqual({
      enabled: 'auto',
      models: null,
      kvMemoryBytes: 1_073_741_824,
      kvType: 'bf16',
      arithmetic: 'auto',
      advertise: null,
      contexts: null,
      threads: null,
      maxSequences: null,
      maxStepTokens: null,
      listen: null,
      join: [],
      tls: null,
      machine: null,
    });
  });

  it('takes names as they are, and paths from the directory of the file', () => {
    const engine = read(`
engine:
  models: [smollm2-135m-instruct, ./models/a.gguf, /m/b]
  kvMemory: 2GiB
  kvType: int8
  machine: { hourlyUsd: 0.1 }`);
    expect(engine).toMatchObject({
      models: ['smollm2-135m-instruct', '/etc/illm/models/a.gguf', '/m/b'],
      kvMemoryBytes: 2 * 1024 ** 3,
      kvType: 'int8',
      machine: { hourlyUsd: '0.1', count: 1, prefillWeight: 4 },
    });
  });

  it('answers for aliases, unless it is off', () => {
    const aliases = `
providers: { openai: { keys: [sk-x] } }
models: { fast: { targets: [local/smollm2-135m-instruct, openai/gpt-4o-mini] } }`;
    const options = { file: null, env: {}, kinds: KINDS, dialects: [], overrides: {} };
    expect(readSettings(aliases, options).settings.models['fast']?.targets).toEqual([
      { provider: 'local', model: 'smollm2-135m-instruct' },
      { provider: 'openai', model: 'gpt-4o-mini' },
    ]);
    expect(errorOf(`${aliases}\nengine: { enabled: false }`)).toContain(
      'models.fast.targets[0]: no provider is called "local"',
    );
  });

  it('gives way to a provider that has its name', () => {
    const local = 'providers: { local: { kind: openai-compatible, baseUrl: http://127.0.0.1:8000/v1 } }';
    expect(read(local).enabled).toBe(false);
    expect(errorOf(`${local}\nengine: { enabled: true }`)).toContain(
      'providers.local: is the name of the engine on this machine',
    );
  });

  it('takes TLS files from the directory of the file, when they are there', () => {
    const directory = mkdtempSync(join(tmpdir(), 'engine-tls-'));
    const text = `
engine:
  maxStepTokens: 256
  listen: 127.0.0.1:9200
  tls: { cert: cert.pem, key: ./key.pem, ca: ${join(directory, 'ca.pem')} }`;
    try {
      for (const name of ['cert.pem', 'key.pem', 'ca.pem']) writeFileSync(join(directory, name), 'PEM');
      expect(read(text, directory)).toMatchObject({
        maxStepTokens: 256,
        tls: {
          cert: join(directory, 'cert.pem'),
          key: join(directory, 'key.pem'),
          ca: join(directory, 'ca.pem'),
        },
      });
      rmSync(join(directory, 'key.pem'));
      expect(() => read(text, directory)).toThrow(/engine\.tls\.key: cannot be read: .*key\.pem/);
      expect(() => read(text.replace('cert.pem', '.'), directory)).toThrow(
        /engine\.tls\.cert: .* is no file/,
      );
      expect(read(text.replace('engine:', 'engine:\n  enabled: false'), directory).tls).toBeNull();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each([
    ['engine: { tls: { cert: a.pem } }', 'engine.tls.cert: has no private key beside it'],
    ['engine: { tls: { key: a.pem } }', 'engine.tls.key: has no certificate beside it'],
    [
      'engine: { listen: "h:1", tls: { ca: a.pem } }',
      'engine.tls: has no certificate, but engine.listen is set',
    ],
    ['engine: { join: ["h:1"], tls: { ca: a.pem } }', 'engine.tls.ca: cannot be read'],
    ['engine: { tls: { certificate: a.pem } }', 'engine.tls.certificate: there is no such setting'],
    ['engine: { maxStepTokens: 0 }', 'engine.maxStepTokens: must be'],
    ['engine: { kvMemory: 2 gigs }', 'engine.kvMemory: must be a size'],
    ['engine: { kvType: fp4 }', 'engine.kvType: must be one of "bf16", "int8"'],
    ['engine: { enabled: maybe }', 'engine.enabled: must be auto, true or false'],
    ['engine: { models: [] }', 'engine.models: needs at least one model'],
    ['engine: { listen: everywhere }', 'engine.listen: must be host:port'],
    ['engine: { models: [a, b], listen: "0.0.0.0:9200" }', 'engine.listen: is for one model only'],
    ['engine: { thread: 3 }', 'Did you mean "threads"?'],
    ['engine: { machine: { count: 2, hourlyUsd: 1 } }', 'engine.machine.count: there is no such setting'],
  ])('tells what is wrong with %s', (text, message) => {
    expect(errorOf(text)).toContain(message);
  });
});
