import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { serverTls } from '../../src/engine/cluster/wire/testing/certificate.contract.ts';
import { BLOCK_TOKENS } from '../../src/engine/ports.ts';
import { type Chain, chainAnswer, chainPrompt } from './chain.ts';
import {
  ask,
  createProcesses,
  disturbed,
  type EngineProcess,
  type LenderProcess,
  lendersOf,
  type Options,
  until,
  untilLenders,
} from './processes.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const OWN_BLOCKS = 2;
const LENDER_BLOCKS = 9;
/** With its answer it fits without any one lender: the engine and two have room for 20 blocks. */
const PROMPT_BLOCKS = 16;
const ANSWER_TOKENS = 200;
/** With its answer it fits into all of them only. */
const WIDE_BLOCKS = 21;
const WIDE_ANSWER_TOKENS = 60;
/** Longer than anybody who is not heard of is waited for. */
const TOO_LONG_MS = 4_000;

const processes = createProcesses();
const certificates = mkdtempSync(join(tmpdir(), 'illm-faults-tls-'));
let seed = 1;

afterEach(() => processes.endAll());
afterAll(() => {
  processes.remove();
  rmSync(certificates, { recursive: true, force: true });
});

interface Cluster {
  readonly engine: EngineProcess;
  readonly lenders: LenderProcess[];
}

/** An engine that borrows from three lenders, each of which holds a part of what it knows. */
async function spread(options: Partial<Options> = {}): Promise<Cluster> {
  const engine = await processes.engine({ blocks: OWN_BLOCKS, ...options });
  const lenders = await Promise.all(
    [1, 2, 3].map(() => processes.lender(engine.address, { blocks: LENDER_BLOCKS, ...options })),
  );
  await untilLenders(engine, 3);
  await askWide(engine);
  return { engine, lenders };
}

/** Right only with the KV of all three lenders, who hold it from then on. */
async function askWide(engine: EngineProcess): Promise<void> {
  const chain = chainPrompt(WIDE_BLOCKS, seed++);
  expect(await ask(engine, chain.prompt, WIDE_ANSWER_TOKENS)).toEqual(chainAnswer(chain, WIDE_ANSWER_TOKENS));
  await until(engine, (report) => lendersOf(report).filter(({ blocks }) => blocks.lent > 0).length === 3);
}

/** An answer in the middle of which something happens is right all the same. Returns how many tokens of prefill it took. */
async function answeredDespite(
  engine: EngineProcess,
  disturb: () => void | Promise<void>,
): Promise<{ readonly prefillTokens: number; readonly promptTokens: number }> {
  let chain: Chain | null = null;
  let before = 0;
  const tokens = await disturbed(
    engine,
    async () => {
      before = (await engine.status()).prefillTokens;
      chain = chainPrompt(PROMPT_BLOCKS, seed++);
      return { prompt: chain.prompt, maxTokens: ANSWER_TOKENS };
    },
    disturb,
  );
  expect(tokens).toEqual(chain && chainAnswer(chain, ANSWER_TOKENS));
  const { prefillTokens } = await engine.status();
  return { prefillTokens: prefillTokens - before, promptTokens: PROMPT_BLOCKS * BLOCK_TOKENS };
}

/** Something was lost and computed anew, and no more than that lender held. */
function expectOneLenderLost({ prefillTokens, promptTokens }: Awaited<ReturnType<typeof answeredDespite>>) {
  expect(prefillTokens).toBeGreaterThan(promptTokens);
  // The token under way when it was lost may be run again with what was lost.
  expect(prefillTokens).toBeLessThanOrEqual(promptTokens + 1 + LENDER_BLOCKS * BLOCK_TOKENS);
}

describe('in the middle of an answer whose KV three lenders hold', () => {
  it('one is killed: the answer is the same, only what it held is computed anew', async () => {
    const { engine, lenders } = await spread();
    expectOneLenderLost(await answeredDespite(engine, () => lenders[0]?.process.kill('SIGKILL')));
    await untilLenders(engine, 2);
    await processes.lender(engine.address, { blocks: LENDER_BLOCKS });
    await untilLenders(engine, 3);
    await askWide(engine);
  });

  it('one is killed, with int8 KV, TLS and a secret', async () => {
    const file = (name: 'ca' | 'cert' | 'key'): string => {
      const path = join(certificates, `${name}.pem`);
      writeFileSync(path, String(serverTls[name]));
      return path;
    };
    const more = ['--tls-ca', file('ca'), '--tls-cert', file('cert'), '--tls-key', file('key')];
    const env = { INFINITE_LLM_ENGINE_SECRET: 'only for these tests' };
    const { engine, lenders } = await spread({ more, env, kvType: 'int8' });
    expectOneLenderLost(await answeredDespite(engine, () => lenders[0]?.process.kill('SIGKILL')));
  });

  it('one hangs: it is given up, the answer is the same, and it is used again once it is back', async () => {
    const { engine, lenders } = await spread();
    const hanging = lenders[1]?.process;
    expectOneLenderLost(await answeredDespite(engine, () => hanging?.kill('SIGSTOP')));
    await untilLenders(engine, 2);
    hanging?.kill('SIGCONT');
    await untilLenders(engine, 3);
    await until(engine, (report) => lendersOf(report).some(({ blocks }) => blocks.free === LENDER_BLOCKS));
    await askWide(engine);
  });

  it('one leaves: what it held is moved to the others, nothing is computed anew', async () => {
    const { engine, lenders } = await spread();
    const leaving = lenders[2]?.process;
    const { prefillTokens, promptTokens } = await answeredDespite(engine, () => leaving?.kill('SIGTERM'));
    expect(await leaving?.exit).toBe(0);
    expect(leaving?.err()).not.toMatch(/still lent/);
    expect(prefillTokens).toBeLessThanOrEqual(promptTokens);
    await untilLenders(engine, 2);
  });

  it('the engine itself stands still, until its lenders take their blocks back', async () => {
    const { engine } = await spread();
    const { prefillTokens, promptTokens } = await answeredDespite(engine, () => sleep(TOO_LONG_MS));
    expect(prefillTokens).toBeGreaterThan(promptTokens);
    await untilLenders(engine, 3);
    await askWide(engine);
  });

  it('the engine is killed: its lenders serve the next one that listens where it did', async () => {
    const { engine, lenders } = await spread();
    const chain = chainPrompt(PROMPT_BLOCKS, seed++);
    await disturbed(
      engine,
      () => ({ prompt: chain.prompt, maxTokens: ANSWER_TOKENS }),
      () => engine.process.kill('SIGKILL'),
    ).catch(() => {});
    await engine.process.exit;
    const next = await processes.engine({ blocks: OWN_BLOCKS, more: ['--listen', engine.address] });
    await until(
      next,
      (report) => lendersOf(report).filter(({ blocks }) => blocks.free === LENDER_BLOCKS).length === 3,
    );
    await askWide(next);
    for (const lender of lenders) lender.process.kill('SIGTERM');
    expect(await Promise.all(lenders.map(({ process }) => process.exit))).toEqual([0, 0, 0]);
  });
});
