import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Settings } from '../../core/settings.ts';
import { readSettings } from '../config/read.ts';
import { KINDS } from '../testing/kinds.contract.ts';
import { recordingLog } from '../testing/log.contract.ts';
import { askEngines } from './ask-engines.ts';
import { fakeChild } from './fake-child.contract.ts';
import { engineLine, startLocalEngines } from './local-engines.ts';
import { findLocalModel, presentModels } from './local-models.ts';
import { withLocalProvider } from './local-provider.ts';

vi.setConfig({ testTimeout: 60_000 });

const dataDir = mkdtempSync(join(tmpdir(), 'illm-local-models-'));
const folder = join(dataDir, 'models');
afterAll(() => rmSync(dataDir, { recursive: true }));

function put(...path: string[]): void {
  mkdirSync(join(folder, ...path.slice(0, -1)), { recursive: true });
  writeFileSync(join(folder, ...path), '');
}
put('b-instruct', 'b.Q4_1.gguf');
put('a.gguf');
put('hf', 'config.json');
put('hf', 'model.safetensors');
put('half', 'c.gguf.part');
put('notes.txt');

function settingsOf(text: string): Settings {
  const options = { file: null, env: {}, kinds: KINDS, dialects: [], overrides: { dataDir } };
  return readSettings(text, options).settings;
}

describe('models on this machine', () => {
  it('are found by name or by place', async () => {
    expect(await findLocalModel('hf', folder)).toMatchObject({ name: 'hf', path: join(folder, 'hf') });
    for (const place of ['b-instruct', join('b-instruct', 'b.Q4_1.gguf')])
      expect((await findLocalModel(join(folder, place), dataDir)).path).toBe(
        join(folder, 'b-instruct', 'b.Q4_1.gguf'),
      );
    await expect(findLocalModel('b-instrct', folder)).rejects.toThrow(
      /Did you mean "b-instruct"\? Get it with "infinite-llm/,
    );
    await expect(findLocalModel('./nothing.gguf', folder)).rejects.toThrow(/no model at .*nothing\.gguf/);
    await expect(findLocalModel(join(folder, 'half'), folder)).rejects.toThrow(/neither a GGUF file/);
  });

  it('are served as the configuration says', async () => {
    const names = async (text: string) => (await presentModels(settingsOf(text), {})).map(({ name }) => name);
    expect(await names('')).toEqual(['a', 'b-instruct', 'hf']);
    expect(await names('engine: { models: [hf] }')).toEqual(['hf']);
    expect(await names('engine: { enabled: false }')).toEqual([]);
    const elsewhere = { INFINITE_LLM_MODELS: join(dataDir, 'nowhere') };
    expect(await presentModels(settingsOf(''), elsewhere)).toEqual([]);
    await expect(presentModels(settingsOf('engine: { enabled: true }'), elsewhere)).rejects.toThrow(
      /models pull smoll/,
    );
  });
});

describe('the engines of this machine', () => {
  it('get a command line each', () => {
    const { engine } = settingsOf(
      'engine: { kvMemory: 2MiB, kvType: int8, threads: 2, maxSequences: 3, listen: "h:1", join: ["a:1", "b:2"] }',
    );
    expect(engineLine({ name: 'n', path: '/p' }, engine).join(' ')).toBe(
      'engine serve --model /p --name n --http 127.0.0.1:0 --kv-memory 2097152B --kv-type int8 --arithmetic auto --threads 2 --max-sequences 3 --listen h:1 --join a:1 --join b:2',
    );
    const tls = { cert: '/c.pem', key: '/k.pem', ca: null };
    expect(engineLine({ name: 'n', path: '/p' }, { ...engine, maxStepTokens: 64, tls }).join(' ')).toMatch(
      / --max-sequences 3 --max-step-tokens 64 --listen h:1 --tls-cert \/c\.pem --tls-key \/k\.pem --join a:1 /,
    );
  });

  it('are one provider with one address, priced by the machine', async () => {
    const settings = settingsOf('engine: { models: [a, hf], machine: { hourlyUsd: 0.1 } }');
    const log = recordingLog();
    const engines = await startLocalEngines({ settings, env: {}, log, program: fakeChild() });
    if (!engines) throw new Error('there are models');
    try {
      const { access } = engines;
      const served = withLocalProvider(
        {
          current: () => settings,
          subscribe: () => () => undefined,
          status: () => ({ file: null, error: null, loadedAt: '' }),
        },
        access,
      );
      const local = served.current().providers['local'];
      expect(local).toMatchObject({
        kind: 'openai-compatible',
        baseUrl: access.baseUrl,
        models: ['a', 'hf'],
        gpu: { hourlyUsd: '0.1', count: 1, prefillWeight: 4 },
      });
      expect(served.current()).toBe(served.current());
      const answer = await fetch(`${access.baseUrl}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${local?.keys[0]?.reveal()}` },
        body: JSON.stringify({ model: 'hf' }),
      });
      expect(await answer.json()).toMatchObject({ url: '/v1/chat/completions' });
      await vi.waitFor(
        async () =>
          expect(await askEngines(access)).toMatchObject([
            { model: 'a', state: 'ready' },
            { model: 'hf', state: 'ready' },
          ]),
        50_000,
      );
    } finally {
      await engines.close(5_000);
    }
    expect(log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('are none without a model', async () => {
    const settings = settingsOf('');
    const env = { INFINITE_LLM_MODELS: join(dataDir, 'nowhere') };
    expect(await startLocalEngines({ settings, env, log: recordingLog(), program: [] })).toBeNull();
    expect(await askEngines(null)).toEqual([]);
  });
});
