import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { type Running, start } from '../../src/cli/testing/process.contract.ts';
import type { EngineReport, InstanceReport } from '../../src/engine/server/index.ts';
import { writeInductionModel } from './induction.ts';

/** Bounds, not delays: a busy machine takes long. */
export const SOON = { timeout: 60_000, interval: 25 };
/** What a block of the induction model takes. */
const BLOCK_BYTES = { bf16: 64 * 1024, int8: 33 * 1024 } as const;

export interface EngineProcess {
  readonly process: Running;
  readonly url: string;
  /** Where lenders join. */
  readonly address: string;
  status(): Promise<EngineReport>;
}

export interface LenderProcess {
  readonly process: Running;
  /** Its own address. */
  readonly reached: string;
}

export interface Options {
  readonly blocks: number;
  readonly kvType?: 'bf16' | 'int8';
  readonly more?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Processes {
  readonly dir: string;
  readonly model: string;
  engine(options: Options): Promise<EngineProcess>;
  lender(address: string, options: Options): Promise<LenderProcess>;
  /** Starts a lender without waiting for what it says. */
  launch(line: readonly string[], env?: Options['env']): Running;
  /** Ends all that still run. */
  endAll(): Promise<void>;
  remove(): void;
}

/** Engines and lenders as users start them, all of the induction model. */
export function createProcesses(): Processes {
  const dir = mkdtempSync(join(tmpdir(), 'illm-faults-'));
  const model = writeInductionModel(dir);
  const running: Running[] = [];
  const launch = (line: readonly string[], env: Options['env'] = {}): Running => {
    const started = start(line, { cwd: dir, env });
    running.push(started);
    return started;
  };
  const memory = ({ blocks, kvType = 'bf16' }: Options): string[] => [
    '--kv-type',
    kvType,
    '--kv-memory',
    `${blocks * BLOCK_BYTES[kvType]}B`,
  ];
  return {
    dir,
    model,
    launch,
    async engine({ more = [], env, ...kv }) {
      const here = ['--model', model, '--http', '127.0.0.1:0', '--threads', '1'];
      const listening = more.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
      const process = launch(['engine', 'serve', ...here, ...memory(kv), ...listening, ...more], env);
      const [, url = ''] = await process.said(/at (http:\/\/127\.0\.0\.1:\d+)\/v1/);
      const [, address = ''] = await process.said(/lenders join at (127\.0\.0\.1:\d+)/);
      const status = async () => (await (await fetch(`${url}/engine/status`)).json()) as EngineReport;
      return { process, url, address, status };
    },
    async lender(address, { more = [], env, ...kv }) {
      const joining = ['--join', address, '--threads', '1'];
      const process = launch(['engine', 'lend', ...joining, ...memory(kv), ...more], env);
      const [, reached = ''] = await process.said(/reached at (127\.0\.0\.1:\d+)/);
      return { process, reached };
    },
    async endAll() {
      for (const each of running.splice(0).reverse()) {
        each.kill('SIGKILL');
        await each.exit;
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Waits until the engine's report is as wanted, and gives that one. */
export async function until(
  engine: EngineProcess,
  isSo: (report: EngineReport) => boolean,
): Promise<EngineReport> {
  return vi.waitFor(async () => {
    const report = await engine.status();
    if (!isSo(report))
      throw new Error(`the engine reports ${JSON.stringify(report)}\n${engine.process.err()}`);
    return report;
  }, SOON);
}

export function lendersOf({ instances }: EngineReport): InstanceReport[] {
  return instances.filter(({ role, alive }) => role === 'lender' && alive);
}

/** As many lenders as that, ready to lend. */
export async function untilLenders(engine: EngineProcess, count: number): Promise<EngineReport> {
  return until(
    engine,
    (report) => lendersOf(report).filter(({ blocks }) => blocks.total > 0).length === count,
  );
}

export interface Ask {
  readonly signal?: AbortSignal;
  /** Awaited, while more may come. */
  readonly onToken?: (count: number) => void;
}

/** A greedy completion's token ids. @throws Error with the status and what the server said */
export async function ask(
  { url }: Pick<EngineProcess, 'url'>,
  prompt: readonly number[],
  maxTokens: number,
  { signal, onToken = () => {} }: Ask = {},
): Promise<number[]> {
  const answer = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'induction',
      prompt,
      max_tokens: maxTokens,
      temperature: 0,
      stream: true,
      ignore_eos: true,
      return_token_ids: true,
    }),
    ...(signal && { signal }),
  });
  if (!answer.ok || !answer.body) throw new Error(`${answer.status}: ${await answer.text()}`);
  const tokens: number[] = [];
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const event = JSON.parse(line.slice(6)) as {
        error?: { message: string };
        choices?: { token_ids?: number[] }[];
      };
      if (event.error) throw new Error(event.error.message);
      tokens.push(...(event.choices?.[0]?.token_ids ?? []));
    }
    if (tokens.length > 0) onToken(tokens.length);
  }
  return tokens;
}

const ATTEMPTS = 5;

/**
 * Asks, and does something while the answer is in the middle: the engine stands still meanwhile, so that it is. One that was
 * through already is asked for something else.
 */
export async function disturbed(
  engine: EngineProcess,
  next: () => Promise<Question> | Question,
  disturb: () => void | Promise<void>,
): Promise<number[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { prompt, maxTokens } = await next();
    let isOver = false;
    let began = (): void => {};
    const first = new Promise<void>((resolve) => (began = resolve));
    const answer = ask(engine, prompt, maxTokens, { onToken: () => began() }).finally(() => {
      isOver = true;
      began();
    });
    answer.catch(() => {}); // awaited below
    await first;
    engine.process.kill('SIGSTOP');
    // What it had sent before is read.
    await sleep(50);
    const wasMidway = !isOver;
    if (wasMidway) await disturb();
    engine.process.kill('SIGCONT');
    const tokens = await answer;
    if (wasMidway) return tokens;
  }
  return expect.fail('the engine was always faster than its client');
}

interface Question {
  readonly prompt: readonly number[];
  readonly maxTokens: number;
}
