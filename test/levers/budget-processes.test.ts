import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BudgetState } from '../../src/core/admission.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { picoFromUsd } from '../../src/core/money.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { launch, LONGEST_START_MS } from '../launch.ts';
import { REDIS, type RedisService, startRedis } from '../services/redis.ts';
import { answerHello, COST_USD } from './admission-gateway.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/infinite-llm.mjs', import.meta.url));
const built = existsSync(fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)));
const run = promisify(execFile);

let openai: FakeProvider;
let directory: string;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  openai = await startFakeProvider({ api: 'openai' });
});
beforeEach(async () => {
  answerHello(openai);
  directory = await mkdtemp(join(tmpdir(), 'infinite-llm-budget-'));
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
  await rm(directory, { recursive: true, force: true });
});
afterAll(() => openai.close());

async function configure(more: JsonObject): Promise<string> {
  const file = join(directory, 'infinite-llm.yaml');
  const config = {
    providers: { openai: { kind: 'openai', baseUrl: openai.baseUrl, keys: ['sk-test'] } },
    prices: { rules: [{ match: '*/*', rates: { input: 100, output: 1000 } }] },
    ...more,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

async function serve(file: string, data: string, ...more: string[]) {
  const args = ['serve', '--config', file, '--port', '0', '--data', join(directory, data), ...more];
  const started = await launch(args);
  running.push(started);
  return started;
}

async function call(origin: string, key = 'sk-test'): Promise<Response> {
  return await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'openai/gpt-4o',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hi' }],
    }),
  });
}

async function flood(origin: string, calls: number): Promise<number[]> {
  return await Promise.all(
    Array.from({ length: calls }, async () => {
      const response = await call(origin);
      await response.arrayBuffer();
      return response.status;
    }),
  );
}

async function budgets(origin: string): Promise<readonly BudgetState[]> {
  const response = await fetch(`${origin}/api/v1/budgets`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { budgets: BudgetState[] }).budgets;
}

/** Once all calls are settled. */
async function settled(origin: string): Promise<BudgetState> {
  for (;;) {
    const [state] = await budgets(origin);
    if (state && state.reservedUsd === '0.000000') return state;
    await pause(50);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** A program that can be killed. Resolves when it takes calls. */
async function startKillable(file: string, data: string) {
  const args = [PROGRAM, 'serve', '--config', file, '--port', '0', '--data', join(directory, data)];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
  });
  running.push({ stop: () => end(child) });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  for (;;) {
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
    const ready = origin === undefined ? null : await fetch(`${origin}/readyz`).catch(() => null);
    if (origin !== undefined && ready?.ok) return { origin, output: () => printed, kill: () => end(child) };
    if (child.exitCode !== null) throw new Error(`the program did not start:\n${printed}`);
    await pause(50);
  }
}

describe.skipIf(!built)('budgets of whole programs', { timeout: LONGEST_START_MS }, () => {
  it('are one for three workers, shown by API and command line, and can be a key’s own', async () => {
    const file = await configure({ budgets: [{ limitUsd: 1, per: 'month' }] });
    const { origin } = await serve(file, 'data', '--workers', '3');
    const codes = await flood(origin, 400);
    expect(new Set(codes)).toEqual(new Set([200, 402]));
    const answered = codes.filter((code) => code === 200).length;
    expect(answered).toBeGreaterThan(10);
    expect(openai.requests).toHaveLength(answered);
    const spent = BigInt(answered) * picoFromUsd(COST_USD);
    expect(spent).toBeLessThanOrEqual(picoFromUsd('1'));
    const state = await settled(origin);
    expect(picoFromUsd(state.spentUsd)).toBe(spent);
    expect(picoFromUsd(state.leftUsd)).toBe(picoFromUsd('1') - spent);
    expect(state).toMatchObject({ name: 'all', by: 'all', value: null, window: 'month' });
    expect(new Date(state.resetsAt ?? '').getUTCDate()).toBe(1);
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    expect(metrics).toContain('illm_budget_limit_usd{budget="all",by="all",value=""} 1');

    const line = ['keys', 'create', 'intern', '--budget', '0.001/day', '--rpm', '60', '--url', origin];
    const { stdout: secret } = await run(process.execPath, [PROGRAM, ...line]);
    const refused = await call(origin, secret.trim());
    expect(refused.status).toBe(402);
    expect(await refused.text()).toContain('The budget');
    const { stdout } = await run(process.execPath, [PROGRAM, 'budgets', '--url', origin]);
    expect(stdout).toMatch(/all +all +\$1\.00/);
    expect(stdout).toMatch(/of the key intern +key intern +\$0\.001\d* +day/);
  });

  describe(`over Redis${REDIS.note}`, () => {
    let redis: RedisService | undefined;
    beforeAll(async () => {
      if (REDIS.available) redis = await startRedis();
    });
    afterAll(() => redis?.kill());

    it.skipIf(!REDIS.available)('are closed while it is away, and survive it and kill -9', async () => {
      const file = await configure({
        shared: { url: redis?.url ?? '' },
        budgets: [{ limitUsd: '0.06', per: 'month' }],
      });
      const first = await startKillable(file, 'data');
      expect((await call(first.origin)).status).toBe(200);
      await settled(first.origin);
      await redis?.kill();
      const refused = await call(first.origin);
      expect(refused.status).toBe(503);
      expect(await refused.text()).toContain('Limits and budgets are counted in Redis');
      expect((await fetch(`${first.origin}/api/v1/budgets`)).status).toBe(503);
      expect(first.output()).toContain('Redis cannot be reached');
      // It lost everything: the ledger has it.
      await redis?.start();
      while ((await call(first.origin)).status !== 200) await pause(200);
      expect((await settled(first.origin)).spentUsd).toBe('0.028000');
      await first.kill();
      await redis?.kill();
      await redis?.start();
      const second = await startKillable(file, 'data');
      expect((await call(second.origin)).status).toBe(402);
      expect(await settled(second.origin)).toMatchObject({ spentUsd: '0.028000', leftUsd: '0.032000' });
    });
  });
});
