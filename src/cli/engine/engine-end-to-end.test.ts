import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { engineList } from '../../api/schemas/engine.ts';
import type { CallRecord } from '../../core/record.ts';
import { writeTinyGguf } from '../../engine/models/testing/index.contract.ts';
import type { EngineReport } from '../../engine/server/index.ts';
import { finish, type Place, type Running, start } from '../testing/process.contract.ts';
import { recordingLog } from '../testing/log.contract.ts';
import { startEngineProcess } from './engine-process.ts';
import { isAlive } from './fake-child.contract.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const SOON = { timeout: 60_000, interval: 50 };
const PROGRAM = fileURLToPath(new URL('../../../bin/infinite-llm.mjs', import.meta.url));
/** Set to a GGUF file, a test with a real model runs too. */
const REAL_MODEL = process.env['INFINITE_LLM_TEST_MODEL'];

let place: Place;
let folder: string;
const running: Running[] = [];

beforeAll(() => {
  const cwd = mkdtempSync(join(tmpdir(), 'illm-engine-'));
  place = { cwd };
  folder = join(cwd, 'models');
  mkdirSync(folder);
  writeTinyGguf(folder, { seed: 5, name: 'tiny', contextLength: 4096 });
});
afterEach(async () => {
  for (const each of running.splice(0).reverse()) {
    each.kill('SIGKILL');
    await each.exit;
  }
});
afterAll(() => rmSync(place.cwd, { recursive: true, force: true }));

function run(line: readonly string[], env: Place['env'] = {}): Running {
  const started = start(line, { ...place, env: { INFINITE_LLM_MODELS: folder, ...env } });
  running.push(started);
  return started;
}

async function serve(
  config: string,
  ...options: string[]
): Promise<{ gateway: Running; url: string; client: OpenAI }> {
  writeFileSync(join(place.cwd, 'infinite-llm.yaml'), config);
  const gateway = run(['serve', '--port', '0', ...options]);
  const [, url = ''] = await gateway.said(/Dashboard +(http:\/\/127\.0\.0\.1:\d+)\//);
  return { gateway, url, client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }) };
}

async function engineOf(url: string) {
  const answer = await fetch(`${url}/api/v1/engine`);
  const { engines } = engineList.parse(await answer.json());
  return engines[0];
}

/** The process that listens for an engine: a child of the gateway. */
function childOf(gateway: Running): number {
  const children = readFileSync(`/proc/${gateway.pid}/task/${gateway.pid}/children`, 'utf8');
  const pid = children
    .trim()
    .split(' ')
    .map(Number)
    .find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('engine'));
  if (pid === undefined) throw new Error('the gateway has no engine');
  return pid;
}

async function lender(address: string, kvMemory: string): Promise<{ process: Running; reached: string }> {
  const process = run(['engine', 'lend', '--join', address, '--kv-memory', kvMemory]);
  const [, reached = ''] = await process.said(/reached at (127\.0\.0\.1:\d+)/);
  return { process, reached };
}

/** About 700 tokens: eleven blocks, of which an engine of 64 KiB has room for four. */
const LONG_TEXT = 'x y '.repeat(175);

const ASK = {
  model: 'local/tiny',
  messages: [{ role: 'user' as const, content: 'Say something' }],
  max_tokens: 5,
  temperature: 0,
  ignore_eos: true,
};

describe('serve with a model in the models folder', () => {
  it('serves it as local/…, priced by its machine; starts it again when it dies; ends it with itself', async () => {
    const { url, client, gateway } = await serve('engine: { kvMemory: 1MiB, machine: { hourlyUsd: 3600 } }');
    expect(gateway.out()).toContain('local (1 key)');
    const answer = await client.chat.completions.create(ASK);
    expect(answer.usage?.completion_tokens).toBe(5);
    const models = await client.models.list();
    expect(models.data.map(({ id }) => id)).toContain('local/tiny');
    expect(await engineOf(url)).toMatchObject({ model: 'tiny', state: 'ready', restarts: 0 });
    await vi.waitFor(async () => {
      const { calls } = (await (await fetch(`${url}/api/v1/calls`)).json()) as { calls: CallRecord[] };
      expect(calls[0]).toMatchObject({ target: { provider: 'local', model: 'tiny' }, status: 'ok' });
      expect(Number(calls[0]?.costUsd)).toBeGreaterThan(0);
    }, SOON);

    const first = childOf(gateway);
    process.kill(first, 'SIGKILL');
    await vi.waitFor(async () => expect(await engineOf(url)).toMatchObject({ restarts: 1 }), SOON);
    // It waits for the new one.
    const again = await client.chat.completions.create(ASK);
    expect(again.choices[0]?.message.content).toBe(answer.choices[0]?.message.content);
    expect(childOf(gateway)).not.toBe(first);

    gateway.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
    expect(gateway.err()).toContain('Shutting down; requests in flight may finish');
  });

  it('owns it in the primary when there are workers, and takes it along when it is killed', async () => {
    const { url, client, gateway } = await serve('engine: { kvMemory: 1MiB }', '--workers', '2');
    const answers = await Promise.all(
      [1, 2, 3, 4].map(async () => await client.chat.completions.create(ASK)),
    );
    expect(new Set(answers.map(({ choices }) => choices[0]?.message.content)).size).toBe(1);
    expect(await engineOf(url)).toMatchObject({ model: 'tiny', restarts: 0 });
    const engine = childOf(gateway);
    gateway.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(engine)).toBe(false), SOON);
  });

  it('goes on with an answer whose lender is killed, and the answer is the same', async () => {
    const { url, client } = await serve('engine: { kvMemory: 64KiB, listen: "127.0.0.1:0" }');
    await vi.waitFor(async () => expect(await engineOf(url)).toMatchObject({ state: 'ready' }), SOON);
    const instances = async () => (await engineOf(url))?.report?.instances ?? [];
    await vi.waitFor(async () => expect(await instances()).toHaveLength(1), SOON);
    const address = (await instances())[0]?.address ?? '';
    const lenders = await Promise.all([1, 2, 3].map(async () => await lender(address, '256KiB')));
    await vi.waitFor(async () => {
      const ready = (await instances()).filter(({ self, blocks }) => !self && blocks.free > 0);
      expect(ready).toHaveLength(3);
    }, SOON);

    const chat = async (onChunk: (count: number) => Promise<void>): Promise<string> => {
      const messages = [{ role: 'user' as const, content: LONG_TEXT }];
      const stream = await client.chat.completions.create({
        ...ASK,
        messages,
        max_tokens: 300,
        stream: true,
      });
      let text = '';
      let count = 0;
      for await (const { choices } of stream) {
        text += choices[0]?.delta.content ?? '';
        await onChunk(++count);
      }
      return text;
    };
    const expected = await chat(async () => undefined);
    let killed = 0;
    const answer = await chat(async (count) => {
      if (count < 10 || killed > 0) return;
      const report = (await engineOf(url))?.report;
      const debtor = report?.instances.find(({ self, blocks }) => !self && blocks.lent > 0);
      const victim = lenders.find(({ reached }) => reached === debtor?.address);
      if (!victim || report?.running !== 1) return;
      victim.process.kill('SIGKILL');
      killed += 1;
    });
    expect(killed).toBe(1);
    expect(answer).toBe(expected);
  });

  it('is told what its engine can not do, which is not tried again', async () => {
    const log = recordingLog();
    const engine = startEngineProcess({
      model: 'tiny',
      command: [
        PROGRAM,
        'engine',
        'serve',
        '--model',
        'tiny',
        '--kv-memory',
        '900000GB',
        '--http',
        '127.0.0.1:0',
      ],
      env: { PATH: process.env['PATH'], INFINITE_LLM_MODELS: folder },
      log,
    });
    try {
      await vi.waitFor(() => expect(engine.state()).toMatchObject({ state: 'refused', pid: null }), SOON);
      expect(engine.state()).toMatchObject({
        restarts: 0,
        message: expect.stringContaining('is more than there is') as string,
      });
    } finally {
      await engine.stop(1_000);
    }
  });
});

describe('an engine and its lenders', () => {
  const LISTEN = /lenders join at (127\.0\.0\.1:\d+)/;
  const HTTP = /at (http:\/\/127\.0\.0\.1:\d+)\/v1/;

  async function engine(kvMemory: string) {
    const process = run([
      'engine',
      'serve',
      '--model',
      'tiny',
      '--kv-memory',
      kvMemory,
      '--http',
      '127.0.0.1:0',
      '--listen',
      '127.0.0.1:0',
    ]);
    const [, url = ''] = await process.said(HTTP);
    const [, address = ''] = await process.said(LISTEN);
    const status = async () => (await (await fetch(`${url}/engine/status`)).json()) as EngineReport;
    return { process, url, address, status };
  }
  async function* generate(url: string, tokens: number): AsyncGenerator<number> {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
    const request = {
      model: 'tiny',
      prompt: LONG_TEXT,
      temperature: 0,
      max_tokens: tokens,
      stream: true,
    } as const;
    const more = { ignore_eos: true, return_token_ids: true };
    for await (const { choices } of await client.completions.create({ ...request, ...more }))
      yield* (choices[0] as { token_ids?: number[] } | undefined)?.token_ids ?? [];
  }
  async function all(tokens: AsyncIterable<number>): Promise<number[]> {
    const seen: number[] = [];
    for await (const token of tokens) seen.push(token);
    return seen;
  }

  it('refuse what does not fit, and say what would be needed', async () => {
    const small = await engine('64KiB');
    const body = JSON.stringify({ model: 'tiny', prompt: LONG_TEXT, max_tokens: 8 });
    const answer = await fetch(`${small.url}/v1/completions`, { method: 'POST', body });
    expect(answer.status).toBe(503);
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('insufficient_kv_memory');
    expect(error.message).toContain(`infinite-llm engine lend --join ${small.address} --kv-memory`);
    expect(error.message).toContain('No lender offers any blocks now.');
    small.process.kill('SIGTERM');
    expect(await small.process.exit).toBe(0);
  });

  it('give the same answer as one with room for all, also when a lender is killed meanwhile', async () => {
    const alone = await engine('1MiB');
    const expected = await all(generate(alone.url, 300));
    expect(expected).toHaveLength(300);
    alone.process.kill('SIGKILL');

    const spread = await engine('64KiB');
    const lenders = await Promise.all([1, 2, 3].map(async () => await lender(spread.address, '128KiB')));
    await vi.waitFor(async () => {
      const { instances } = await spread.status();
      expect(
        instances.filter(({ role, alive, blocks }) => role === 'lender' && alive && blocks.free > 0),
      ).toHaveLength(3);
    }, SOON);
    expect(await all(generate(spread.url, 300))).toEqual(expected);
    const { wire } = await spread.status();
    expect(wire.sentBytes).toBeGreaterThan(10_000);

    const tokens: number[] = [];
    let killed = false;
    for await (const token of generate(spread.url, 300)) {
      tokens.push(token);
      if (tokens.length !== 20) continue;
      const { instances, running: busy } = await spread.status();
      const debtor = instances.find(
        ({ role, alive, blocks }) => role === 'lender' && alive && blocks.lent > 0,
      );
      const victim = lenders.find(({ reached }) => reached === debtor?.address);
      victim?.process.kill('SIGKILL');
      killed = victim !== undefined && busy === 1;
    }
    expect(killed).toBe(true);
    expect(tokens).toEqual(expected);

    await vi.waitFor(async () => {
      const { instances } = await spread.status();
      expect(instances.filter(({ alive }) => !alive)).toHaveLength(1);
    }, SOON);
    const shown = await finish(['engine', 'status', '--http', spread.url], place);
    expect(shown.out).toMatch(/lender +lost/);
    expect(shown.out).toContain('engine, gManager');
  });

  it('tell what is wrong with a command line', async () => {
    const none = await finish(['engine', 'serve', '--model', 'nothing'], place);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('infinite-llm models pull nothing')]);
    const open = await finish(
      ['engine', 'serve', '--model', 'tiny', '--listen', '0.0.0.0:0', '--advertise', 'h'],
      place,
    );
    expect(open.err).toContain('Set INFINITE_LLM_ENGINE_SECRET');
    const size = await finish(['engine', 'lend', '--join', '127.0.0.1:1', '--kv-memory', '2'], place);
    expect([size.code, size.err]).toEqual([2, expect.stringContaining('a size with its unit')]);
    const status = await finish(['engine', 'status', '--http', 'http://127.0.0.1:9'], place);
    expect([status.code, status.err]).toEqual([1, expect.stringContaining('No engine answers at')]);
  });
});

describe.skipIf(!REAL_MODEL)(
  REAL_MODEL ? 'a real model' : 'a real model (set INFINITE_LLM_TEST_MODEL to a GGUF file)',
  () => {
    it('chats through the gateway', async () => {
      const { client } = await serve(`engine: { models: [${JSON.stringify(REAL_MODEL)}], kvMemory: 256MiB }`);
      const [model] = (await client.models.list()).data.filter(({ id }) => id.startsWith('local/'));
      const answer = await client.chat.completions.create({
        model: model?.id ?? '',
        messages: [{ role: 'user', content: 'What is the capital of France?' }],
        temperature: 0,
        max_tokens: 20,
      });
      expect(answer.usage?.prompt_tokens).toBeGreaterThan(5);
      expect(answer.choices[0]?.message.content).toMatch(/\w{3}/);
    });
  },
);
